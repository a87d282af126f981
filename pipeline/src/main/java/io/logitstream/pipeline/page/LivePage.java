package io.logitstream.pipeline.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.pipeline.status.PipelineStatus;
import io.logitstream.pipeline.status.StagePosition;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * State of a running command as its live page shows it. Memory is bounded: up to {@value TrainingCurves#MOST_POINTS}
 * points per curve and student, and the data of the last report. Thread-safe.
 */
public final class LivePage implements LivePageSource {
    /**
     * Content of {@code live.json}.
     *
     * @param state {@code running}, {@code finished} or {@code failed}
     * @param doing current activity, or the message of the failure
     * @param seconds seconds since the start, or from start to end
     * @param secondsLeft estimated seconds to the end; null if unknown
     * @param version number of the last report; 0 before the first
     * @param stages publisher and teachers
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
            List<LiveStages.Stage> stages,
            List<LiveStudentRow.View> students) {}

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RUNNING = "running";

    private final String command;
    private final String title;
    private final long start = System.nanoTime();
    private final LiveStages stages = new LiveStages();
    private final Map<String, LiveStudentRow> students = new LinkedHashMap<>();
    private Supplier<List<StagePosition>> positions = List::of;
    private Supplier<Double> secondsLeft = () -> null;
    private String state = RUNNING;
    private String activity = "starts";
    private byte[] report = bytes("null");
    private int version;
    private long end;

    /**
     * @param command name of the command
     * @param title title of the page
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

    /** Sets the text that says what the command does now. */
    public synchronized void setActivity(String what) {
        activity = what;
    }

    /** Sets where positions come from; queried when a page asks. */
    public synchronized void setPositions(PipelineStatus status) {
        setPositions(status, status.topicsOfGroups());
    }

    /**
     * Sets where positions come from; queried when a page asks.
     *
     * @param topicsOfGroups input topic of each consumer group
     */
    public synchronized void setPositions(Supplier<List<StagePosition>> status, Map<String, String> topicsOfGroups) {
        positions = status;
        stages.setTopicsOfGroups(topicsOfGroups);
    }

    /**
     * Sets the text published to a topic.
     *
     * @param tokens predicted tokens
     * @param part fraction of the corpus, 0 to 1; NaN if unknown
     */
    public synchronized void setPublished(String topic, long tokens, double part) {
        stages.setPublished(topic, tokens, part);
    }

    /** Sets an estimate of the seconds left, null if unknown; queried when a page asks. */
    public synchronized void setSecondsLeft(Supplier<Double> seconds) {
        secondsLeft = seconds;
    }

    /** Sets the data of a new report. */
    public synchronized void setReport(String json) {
        report = bytes(json);
        version++;
    }

    /**
     * Does the command's work and records whether it finished or failed.
     *
     * @param result text shown when the work has finished
     */
    public <T> T runToEnd(Supplier<T> work, String result) {
        try {
            T value = work.get();
            end("finished", result);
            return value;
        } catch (RuntimeException | Error e) {
            end("failed", FailureText.of(e));
            throw e;
        }
    }

    private synchronized void end(String endState, String text) {
        end = System.nanoTime();
        state = endState;
        activity = text;
        secondsLeft = () -> null;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public synchronized boolean isOver() {
        return !state.equals(RUNNING);
    }

    @Override
    public byte[] live() {
        Supplier<List<StagePosition>> status;
        Supplier<Double> estimate;
        synchronized (this) {
            status = positions;
            estimate = secondsLeft;
        }
        // The brokers are queried outside the lock, so that a stage that reports its progress does not wait for them.
        List<StagePosition> offsets = status.get();
        Double estimated = estimate.get();
        synchronized (this) {
            List<LiveStages.Stage> stagesNow = stages.of(offsets);
            return json(new View(
                    title,
                    command,
                    state,
                    activity,
                    ((isOver() ? end : System.nanoTime()) - start) / (double) TimeUnit.SECONDS.toNanos(1),
                    estimated != null || isOver() ? estimated : longest(stagesNow),
                    version,
                    stagesNow,
                    students.values().stream().map(LiveStudentRow::view).toList()));
        }
    }

    // Stages run side by side: the slowest one determines the end. Null if one of them is unknown.
    private Double longest(List<LiveStages.Stage> stagesNow) {
        double longest = 0;
        for (LiveStages.Stage stage : stagesNow) {
            if (!stage.complete() && stage.stage().equals("teach")) {
                if (stage.secondsLeft() == null) {
                    return null;
                }
                longest = Math.max(longest, stage.secondsLeft());
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
