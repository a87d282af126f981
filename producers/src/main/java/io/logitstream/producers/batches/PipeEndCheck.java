package io.logitstream.producers.batches;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Decides at the end of a pipe or of standard input whether the corpus has ended. The writing process may have been
 * stopped instead: Ctrl-C and service managers stop both processes, and this one may see the end of the pipe before its
 * own signal.
 *
 * @param rows rows of a full batch
 * @param length tokens of a row of a full batch
 * @param graceMs milliseconds after the end of the pipe in which a stop request means that the corpus has not ended
 */
public record PipeEndCheck(int rows, int length, long graceMs) {
    private static final long GRACE_MS = 1_000;
    private static final long LOOK_MS = 20;

    /** A check with a grace period of one second. */
    public PipeEndCheck(int rows, int contextLength) {
        this(rows, contextLength + 1, GRACE_MS);
    }

    /** Whether a batch would change if more text followed. It must not be written before the next text is read. */
    public boolean isPartial(CorpusBatch batch) {
        return batch.rows() < rows || batch.length() < length;
    }

    /** Whether this process is requested to stop within the grace period. Waits for it. */
    public boolean isStopRequested(BooleanSupplier stopped) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMs);
        while (!stopped.getAsBoolean()) {
            if (System.nanoTime() >= deadline) {
                return false;
            }
            Thread.sleep(LOOK_MS);
        }
        return true;
    }
}
