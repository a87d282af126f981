package io.logitstream.exploration.plan;

import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.student.config.LossConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which topic each run is trained from: as few passes of a teacher as there can be. A run takes a topic that is there
 * where one holds enough; what is left is gathered into one topic for each teacher, wide enough for all.
 */
public final class LogitsTopicPlan {
    /**
     * What the topics of one pass have in common.
     *
     * @param tokens tokens topic
     * @param teacherHash teacher
     * @param codec layout
     */
    private record Pass(String tokens, String teacherHash, String codec) {
        static Pass of(RunSpec run) {
            return new Pass(
                    run.config().topics().tokens(),
                    run.teacherHash(),
                    run.config().teach().codec());
        }

        // Topics are found again by this hash: the text stays as it is, whatever the classes are called.
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
                    support.seed()));
        }
    }

    /**
     * Where a run reads.
     *
     * @param topic topic
     * @param topP {@code loss.topP}, or null
     * @param topK {@code loss.topK}, or null
     */
    public record Source(String topic, Double topP, Integer topK) {}

    private final Map<String, LogitsTopic> topics;
    private final Map<String, RunSpec> examples = new LinkedHashMap<>();

    /**
     * Topics.
     *
     * @param known those that are there or begun, by name
     */
    public LogitsTopicPlan(Map<String, LogitsTopic> known) {
        this.topics = new LinkedHashMap<>(known);
    }

    /** Plans the topics for runs that are not served by those known. */
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
                                name, null, run.config().teacher(), run.teacherHash(), null, null, 0, 0, true, null));
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
                            support,
                            0,
                            0,
                            false,
                            null));
        }));
        for (RunSpec run : runs) {
            if (run.support() != null && !run.givenLogits()) {
                examples.putIfAbsent(find(run).name(), run);
            }
        }
    }

    // Widening one may make it cover another, so they are gathered until nothing changes.
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

    /** The narrowest topic that serves a run, a complete one where there is one; null where there is none. */
    private LogitsTopic find(RunSpec run) {
        Pass pass = Pass.of(run);
        LogitsTopic found = null;
        for (LogitsTopic topic : topics.values()) {
            if (topic.serves(pass.tokens, pass.teacherHash, pass.codec, run.support())
                    && (found == null
                            || topic.complete() && !found.complete()
                            || topic.complete() == found.complete()
                                    && found.support().covers(topic.support()))) {
                found = topic;
            }
        }
        return found;
    }

    /** Where a run reads; one without a teacher reads the tokens. */
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

    /** A run that needs a topic, to take the configuration of its stages from. */
    public RunSpec example(String topic) {
        return examples.get(topic);
    }

    /** Topics that the planned runs need and that are not complete. */
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
