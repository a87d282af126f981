package io.logitstream.cli.distill;

import io.logitstream.messages.FailureText;
import io.logitstream.pipeline.stages.ParallelStages;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.stream.TeacherStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The teacher stream of a run, watched until all batches are taught, and then closed beside the students. */
final class RunningTeacher {
    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

    private final TeacherStream stream;
    private final CorpusCoverage coverage;
    private final DistillProgress progress;
    private final Supplier<List<StagePosition>> positions;
    private final String group;
    private long lastLook = System.nanoTime();

    /**
     * @param coverage compares the tokens topic with the logits topic
     * @param positions positions of the run's stages
     * @param group consumer group of the teacher
     */
    RunningTeacher(
            TeacherStream stream,
            CorpusCoverage coverage,
            DistillProgress progress,
            Supplier<List<StagePosition>> positions,
            String group) {
        this.stream = stream;
        this.coverage = coverage;
        this.progress = progress;
        this.positions = positions;
        this.group = group;
    }

    /** Throws the error that stopped the stream before all was taught. */
    void requireHealthy() {
        if (!progress.isTaught()) {
            stream.requireHealthy();
        }
    }

    /** Looks once a second whether all batches are taught; a missing batch would stop each student. */
    void look(ParallelStages stages) {
        if (progress.isTaught() || !progress.isPublished() || System.nanoTime() - lastLook <= INTERVAL) {
            return;
        }
        lastLook = System.nanoTime();
        progress.teacherAt(group, positions.get());
        if (coverage.isOver()) {
            coverage.requireComplete().forEach(progress::print);
            progress.taught();
            stages.startAside("teacher-end", this::close);
        }
    }

    private void close() {
        try {
            stream.close();
        } catch (RuntimeException e) {
            progress.print("all is taught, but the teacher stream was not closed properly: " + FailureText.of(e));
        }
    }
}
