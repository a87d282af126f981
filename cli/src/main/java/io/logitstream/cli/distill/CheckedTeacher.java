package io.logitstream.cli.distill;

import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.stages.TeachStage;
import io.logitstream.teacher.model.StreamTeacher;

/**
 * The teacher that was opened to check a new run, kept for the stream of the run. Its weights are read once, and its speed
 * is measured while the cluster starts.
 */
final class CheckedTeacher implements AutoCloseable {
    private final LogitstreamConfig config;
    private StreamTeacher teacher;
    private Thread measurement;

    /**
     * @param config configuration of the run
     * @param teacher open teacher, closed here unless it is taken; null if the run was checked by an earlier start
     */
    CheckedTeacher(LogitstreamConfig config, StreamTeacher teacher) {
        this.config = config;
        this.teacher = teacher;
    }

    /** Starts to measure the time of a batch, if there is a teacher. The teacher keeps the result for its stream. */
    void startMeasurement() {
        if (teacher != null) {
            measurement = new Thread(this::measure, "teacher-measurement");
            measurement.setDaemon(true);
            measurement.start();
        }
    }

    private void measure() {
        try {
            teacher.measure(config.corpus().rows(), config.corpus().contextLength());
        } catch (RuntimeException | Error e) {
            // The stream measures again, and reports the failure.
        }
    }

    /**
     * Gives the teacher to a stream, after its measurement.
     *
     * @param stage opens the teacher if it was not opened for the checks
     * @return the teacher; the caller closes it
     */
    StreamTeacher take(TeachStage stage) {
        awaitMeasurement();
        StreamTeacher taken = teacher != null ? teacher : stage.loadTeacher();
        teacher = null;
        return taken;
    }

    // A pass that is running uses the memory of the teacher.
    private void awaitMeasurement() {
        boolean interrupted = false;
        while (measurement != null && measurement.isAlive()) {
            try {
                measurement.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes the teacher if no stream has taken it. */
    @Override
    public void close() {
        awaitMeasurement();
        if (teacher != null) {
            teacher.close();
            teacher = null;
        }
    }
}
