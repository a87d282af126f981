package io.logitstream.teacher.model;

import io.logitstream.messages.LogitstreamException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;

/** The time of a teacher's batch, measured on a thread of its own before it is asked for. Thread-safe. */
final class MeasurementAhead {
    private final int rows;
    private final int contextLength;
    private final FutureTask<Long> task;

    /**
     * Starts to measure.
     *
     * @param measure measures the nanoseconds of a batch of this shape
     * @param afterwards runs on the measuring thread when it has ended, with a result or without
     */
    MeasurementAhead(int rows, int contextLength, LongSupplier measure, Runnable afterwards) {
        this.rows = rows;
        this.contextLength = contextLength;
        task = new FutureTask<>(() -> {
            try {
                return measure.getAsLong();
            } finally {
                afterwards.run();
            }
        });
        Thread thread = new Thread(task, "teacher-measurement");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether it is the time of a batch of this shape. */
    boolean isOf(int rows, int contextLength) {
        return this.rows == rows && this.contextLength == contextLength;
    }

    /**
     * Nanoseconds of a batch, once they are measured.
     *
     * @throws RuntimeException error of measuring
     */
    long nanos() {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while the teacher is measured", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** Waits until the teacher is used no longer. */
    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                task.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
