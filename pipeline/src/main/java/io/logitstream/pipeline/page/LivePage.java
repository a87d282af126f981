package io.logitstream.pipeline.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.pipeline.status.PipelineStatus;
import io.logitstream.pipeline.status.StagePosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A command at work, for its page. What it holds is bounded: some hundred points of the curves of each student, and the
 * data of the last report. Safe for several threads.
 */
public final class LivePage implements LivePageSource {
    /**
     * The state now.
     *
     * @param state {@code running}, {@code finished} or {@code failed}
     * @param doing what it is at, or why it has failed
     * @param seconds since the start, to the end when it is over
     * @param secondsLeft estimate of what is left, null where there is none
     * @param version grows with each report
     * @param way where the data are
     * @param students all students
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String title,
            String command,
            String state,
            String doing,
            double seconds,
            Double secondsLeft,
            int version,
            List<Stage> way,
            List<LiveStudentRow.View> students) {}

    /**
     * A stage in tokens, by the part of the offsets that it has passed.
     *
     * @param part what is done, null where that is unknown
     * @param tokens predicted tokens that are done, null where that is unknown
     * @param tokensEnd predicted tokens that there are to do, null while that is unknown
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Stage(
            String stage,
            String name,
            Double part,
            Long tokens,
            Long tokensEnd,
            Double tokensPerSecond,
            Long lag,
            Double secondsLeft,
            Boolean complete) {}

    private record Published(long tokens, double part) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String command;
    private final String title;
    private final Map<String, LiveStudentRow> students = new LinkedHashMap<>();
    private final long start = System.nanoTime();
    private long end;
    private String state = "running";
    private String doing = "starts";
    private int version;
    private byte[] report = bytes("null");
    private final Map<String, Published> published = new HashMap<>();
    private Supplier<List<StagePosition>> way = List::of;
    private Map<String, String> topicsOfGroups = Map.of();
    private Supplier<Double> left = () -> null;

    /**
     * A command that begins.
     *
     * @param command its name
     * @param title what it is at, for people
     */
    public LivePage(String command, String title) {
        this.command = command;
        this.title = title;
    }

    public synchronized LiveStudentRow add(LiveStudentRow student) {
        students.put(student.id(), student);
        return student;
    }

    public synchronized LiveStudentRow student(String id) {
        return students.get(id);
    }

    /** What it is doing now, in words. */
    public synchronized void doing(String what) {
        doing = what;
    }

    /** Where the data are; asked when a page asks. */
    public synchronized void way(PipelineStatus positions) {
        way(positions, positions.topicsOfGroups());
    }

    /**
     * Where the data are; asked when a page asks.
     *
     * @param groupTopics the topic that each consumer group reads
     */
    public synchronized void way(Supplier<List<StagePosition>> positions, Map<String, String> groupTopics) {
        way = positions;
        topicsOfGroups = groupTopics;
    }

    /**
     * So much of a corpus is in its topic.
     *
     * @param part the part of the corpus; NaN where that is unknown
     */
    public synchronized void published(String topic, long tokens, double part) {
        published.put(topic, new Published(tokens, part));
    }

    // A topic of logits has nothing to tell that the group that fills it does not.
    private List<Stage> stages(List<StagePosition> positions) {
        List<Stage> stages = new ArrayList<>();
        for (StagePosition one : positions) {
            boolean group = topicsOfGroups.containsKey(one.name());
            Published text = published.get(group ? topicsOfGroups.get(one.name()) : one.name());
            boolean complete = Boolean.TRUE.equals(one.complete());
            if (one.stage().equals("produce")) {
                Double part = text == null || Double.isNaN(text.part) ? null : Double.valueOf(text.part);
                stages.add(new Stage(
                        one.stage(),
                        one.name(),
                        part,
                        text == null ? null : Long.valueOf(text.tokens),
                        null,
                        text == null ? null : rate(one, text, one.position()),
                        null,
                        null,
                        complete || part != null && part >= 1));
            } else if (group && one.end() != null) {
                double part = complete ? 1 : one.end() == 0 ? 0 : Math.min(1, (double) one.position() / one.end());
                stages.add(
                        text == null
                                ? new Stage(
                                        one.stage(),
                                        one.name(),
                                        part,
                                        null,
                                        null,
                                        null,
                                        one.lag(),
                                        one.secondsLeft(),
                                        complete)
                                : new Stage(
                                        one.stage(),
                                        one.name(),
                                        part,
                                        Math.round(part * text.tokens),
                                        text.tokens,
                                        rate(one, text, one.end()),
                                        one.lag(),
                                        one.secondsLeft(),
                                        complete));
            }
        }
        return stages;
    }

    private static Double rate(StagePosition stage, Published text, long offsets) {
        return stage.perSecond() == null || offsets == 0
                ? null
                : Double.valueOf(stage.perSecond() * text.tokens / offsets);
    }

    // Stages work side by side: the slowest one counts.
    private Double longest(List<Stage> stages) {
        double longest = 0;
        for (Stage stage : stages) {
            if (!stage.complete && stage.stage.equals("teach")) {
                if (stage.secondsLeft == null) {
                    return null;
                }
                longest = Math.max(longest, stage.secondsLeft);
            }
        }
        for (LiveStudentRow student : students.values()) {
            LiveStudentRow.View view = student.view();
            if (!view.isDone()) {
                if (view.secondsLeft() == null) {
                    return null;
                }
                longest = Math.max(longest, view.secondsLeft());
            }
        }
        return longest > 0 ? Double.valueOf(longest) : null;
    }

    /** Seconds that are left, null where that is unknown; asked when a page asks. */
    public synchronized void left(Supplier<Double> seconds) {
        left = seconds;
    }

    /** There is a new report. */
    public synchronized void report(String json) {
        report = bytes(json);
        version++;
    }

    /** Does the work, and notes how it has ended. */
    public <T> T ending(Supplier<T> work, String how) {
        try {
            T result = work.get();
            over(true, how);
            return result;
        } catch (RuntimeException | Error e) {
            over(false, FailureText.of(e));
            throw e;
        }
    }

    private synchronized void over(boolean well, String how) {
        end = System.nanoTime();
        state = well ? "finished" : "failed";
        doing = how;
        left = () -> null;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public synchronized boolean isOver() {
        return !state.equals("running");
    }

    @Override
    public byte[] live() {
        Supplier<List<StagePosition>> positions;
        Supplier<Double> estimate;
        synchronized (this) {
            positions = way;
            estimate = left;
        }
        // The brokers are asked outside of the lock: a stage that reports its state does not wait for them.
        List<StagePosition> offsets = positions.get();
        Double asked = estimate.get();
        synchronized (this) {
            List<Stage> stages = stages(offsets);
            Double seconds = asked != null || isOver() ? asked : longest(stages);
            return json(new View(
                    title,
                    command,
                    state,
                    doing,
                    ((isOver() ? end : System.nanoTime()) - start) / (double) TimeUnit.SECONDS.toNanos(1),
                    seconds,
                    version,
                    stages,
                    students.values().stream().map(LiveStudentRow::view).toList()));
        }
    }

    @Override
    public byte[] curves() {
        Map<String, Object> curves = new LinkedHashMap<>();
        synchronized (this) {
            students.forEach((id, student) -> {
                Map<String, List<Double>> values = student.curves();
                if (!values.isEmpty()) {
                    curves.put(id, values);
                }
            });
        }
        return json(
                Map.of("curves", curves, "terms", TrainingCurves.TERMS.keySet(), "termNames", TrainingCurves.TERMS));
    }

    @Override
    public synchronized byte[] report() {
        return report;
    }

    private static byte[] json(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
