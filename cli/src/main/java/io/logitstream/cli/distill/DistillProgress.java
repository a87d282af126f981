package io.logitstream.cli.distill;

import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.console.ProgressLine;
import io.logitstream.pipeline.console.TeachProgress;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.producers.PublishResult;
import io.logitstream.student.training.TrainingSummary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Progress of the stages of {@code distill}, on the terminal and on the status page. The stages report from their own
 * threads; the thread that waits for them shows the lines.
 */
final class DistillProgress {
    private final ProgressDisplay status = ProgressDisplay.standardError();
    private final TeachProgress teaching = new TeachProgress();
    private final Map<String, TrainingProgress> students = new LinkedHashMap<>();
    private final LivePage live;
    private volatile String publishing;
    private volatile boolean published;
    private volatile boolean taught;

    DistillProgress(Collection<String> students, LivePage live) {
        students.forEach(name -> this.students.put(name, new TrainingProgress(name)));
        this.live = live;
    }

    /** Prints a line above the progress. */
    void print(String line) {
        status.print(line);
    }

    /** Shows one line of text as the progress. */
    void show(Supplier<String> line) {
        status.showText(line);
    }

    /** Removes the progress lines from the terminal. */
    void end() {
        status.end();
    }

    ProgressDisplay status() {
        return status;
    }

    /** Receives the progress of the teacher stream. */
    TeachProgress teaching() {
        return teaching;
    }

    /** Receives the progress of a student. */
    TrainingProgress student(String name) {
        return students.get(name);
    }

    void publishing(String topic, long batches, long tokens, double fraction) {
        publishing = CommandResults.publishing(batches, tokens, fraction);
        live.setPublished(topic, tokens, fraction);
    }

    void published(String topic, PublishResult result) {
        live.setPublished(topic, result.predictedTokens(), 1);
        teaching.published(result.batches());
        status.print(CommandResults.published(result));
        publishing = null;
        published = true;
    }

    boolean isPublished() {
        return published;
    }

    /**
     * Updates the teacher's progress from offsets.
     *
     * @param group consumer group of the teacher stream
     * @param stages positions of the stages
     */
    void teacherAt(String group, List<StagePosition> stages) {
        teaching.position(group, stages);
    }

    /** Ends the teacher's line; the students go on, and it would stand there with a rate that decays. */
    void taught() {
        teaching.complete();
        taught = true;
        status.print("teacher complete: " + teaching.summary());
    }

    boolean isTaught() {
        return taught;
    }

    /** Leaves out the lines of publisher and teacher, for a run whose logits are complete at its start. */
    void skipTeaching() {
        published = true;
        taught = true;
    }

    void trained(String name, TrainingSummary summary) {
        live.student(name).trained();
        students.get(name).complete(summary);
        status.print("student " + students.get(name).ended());
    }

    /** Shows a line for each stage that is at work. */
    void showStages() {
        status.showStages(() -> {
            List<ProgressLine> lines = new ArrayList<>();
            String text = publishing;
            if (text != null) {
                lines.add(ProgressLine.of(text));
            }
            if (!taught) {
                lines.add(teaching.line());
            }
            students.values().forEach(student -> lines.add(student.line()));
            return lines;
        });
    }
}
