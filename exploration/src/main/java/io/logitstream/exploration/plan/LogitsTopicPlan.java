package io.logitstream.exploration.plan;

import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.student.config.LossConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Assigns a topic to each run so that teachers compute as little as possible: a run reads an existing topic if one
 * holds enough; all other runs with the same teacher share one new topic, wide enough for each of them.
 */
public final class LogitsTopicPlan {
    /**
     * What all runs of one teacher pass have in common.
     *
     * @param tokens tokens topic
     * @param teacherHash hash of the teacher's weights
     * @param codec payload codec
     * @param precision precision of the teacher; null for float32
     */
    private record Pass(String tokens, String teacherHash, String codec, String precision) {
        static Pass of(RunSpec run) {
            return new Pass(
                    run.config().topics().tokens(),
                    run.teacherHash(),
                    run.config().teach().codec(),
                    TeacherIdentity.precision(run.config()));
        }

        // The hash is part of topic names and must not change, so its text does not depend on the names of classes.
        String hashWith(SupportRule support) {
            return RunSpec.hash(String.format(
                            "Pass[tokens=%s, teacherHash=%s, codec=%s] Support[method=%s, topP=%s, topK=%s, draws=%s, seed=%s]",
                            tokens,
                            teacherHash,
                            codec,
                            support.method(),
                            support.topP(),
                            support.topK(),
                            support.draws(),
                            support.seed())
                    + (precision == null ? "" : " precision=" + precision));
        }
    }

    /**
     * Input of a run.
     *
     * @param topic topic to read
     * @param topP {@code loss.topP} with which to read it, or null
     * @param topK {@code loss.topK} with which to read it, or null
     */
    public record Source(String topic, Double topP, Integer topK) {}

    private final Map<String, LogitsTopic> topics;
    private final Map<String, RunSpec> examples = new LinkedHashMap<>();

    /**
     * @param known existing and unfinished topics by name
     */
    public LogitsTopicPlan(Map<String, LogitsTopic> known) {
        this.topics = new LinkedHashMap<>(known);
    }

    /** Plans topics for the runs that no known topic serves. */
    public void plan(Collection<RunSpec> runs) {
        Map<Pass, List<SupportRule>> missing = new LinkedHashMap<>();
        Map<Pass, RunSpec> of = new LinkedHashMap<>();
        for (RunSpec run : runs) {
            if (run.support() == null) {
                continue;
            }
            if (run.givenLogits()) {
                String name = run.config().topics().logits();
                topics.putIfAbsent(
                        name,
                        new LogitsTopic(
                                name,
                                null,
                                run.config().teacher(),
                                run.teacherHash(),
                                null,
                                null,
                                null,
                                0,
                                0,
                                null,
                                true,
                                null));
            } else if (find(run) == null) {
                Pass pass = Pass.of(run);
                of.putIfAbsent(pass, run);
                add(missing.computeIfAbsent(pass, key -> new ArrayList<>()), run.support());
            }
        }
        missing.forEach((pass, supports) -> supports.forEach(support -> {
            RunSpec run = of.get(pass);
            String name = run.config().topics().logits() + "-" + pass.hashWith(support);
            topics.put(
                    name,
                    new LogitsTopic(
                            name,
                            pass.tokens,
                            run.config().teacher(),
                            pass.teacherHash,
                            pass.codec,
                            pass.precision,
                            support,
                            0,
                            0,
                            null,
                            false,
                            null));
        }));
        for (RunSpec run : runs) {
            if (run.support() != null && !run.givenLogits()) {
                examples.putIfAbsent(find(run).name(), run);
            }
        }
    }

    // A widened rule may cover another one, so rules are merged until nothing changes.
    private static void add(List<SupportRule> supports, SupportRule support) {
        for (int i = 0; i < supports.size(); i++) {
            SupportRule union = supports.get(i).union(support);
            if (union != null) {
                supports.remove(i);
                add(supports, union);
                return;
            }
        }
        supports.add(support);
    }

    /** The narrowest topic that serves a run, complete ones first; null if there is none. */
    private LogitsTopic find(RunSpec run) {
        Pass pass = Pass.of(run);
        LogitsTopic found = null;
        for (LogitsTopic topic : topics.values()) {
            if (topic.serves(pass.tokens, pass.teacherHash, pass.codec, pass.precision, run.support())
                    && (found == null
                            || topic.complete() && !found.complete()
                            || topic.complete() == found.complete()
                                    && found.support().covers(topic.support()))) {
                found = topic;
            }
        }
        return found;
    }

    /** Input of a run; a run without a teacher reads the tokens topic. */
    public Source source(RunSpec run) {
        LossConfig loss = run.config().loss();
        if (run.support() == null) {
            return new Source(run.config().topics().tokens(), null, null);
        } else if (run.givenLogits()) {
            return new Source(run.config().topics().logits(), loss.topP(), loss.topK());
        }
        LogitsTopic topic = find(run);
        return new Source(
                topic.name(), run.support().cutP(topic.support()), run.support().cutK(topic.support()));
    }

    /** A run that needs a topic, whose configuration the topic's stages use. */
    public RunSpec example(String topic) {
        return examples.get(topic);
    }

    /** Incomplete topics that the planned runs need. */
    public List<LogitsTopic> unfinished() {
        return topics.values().stream()
                .filter(topic -> !topic.complete() && examples.containsKey(topic.name()))
                .toList();
    }

    public void put(LogitsTopic topic) {
        topics.put(topic.name(), topic);
    }

    public LogitsTopic get(String name) {
        return topics.get(name);
    }

    public Map<String, LogitsTopic> all() {
        return topics;
    }
}
