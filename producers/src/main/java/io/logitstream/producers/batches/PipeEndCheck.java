package io.logitstream.producers.batches;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The end of a pipe or of standard input, which may be the corpus' end or that of the process that writes to it: Ctrl-C
 * and service managers stop both, and this process may see the end before its own signal.
 *
 * @param rows rows of a whole batch
 * @param length tokens of a row of a whole batch
 * @param graceMs milliseconds in which a request to stop means that the corpus has not ended
 */
public record PipeEndCheck(int rows, int length, long graceMs) {
    private static final long GRACE_MS = 1_000;
    private static final long LOOK_MS = 20;

    public PipeEndCheck(int rows, int contextLength) {
        this(rows, contextLength + 1, GRACE_MS);
    }

    /** Whether a batch would be another one if more text came: it is not written before the text behind it is seen. */
    public boolean isShort(CorpusBatch batch) {
        return batch.rows() < rows || batch.length() < length;
    }

    /** Whether this process is asked to stop within the grace. */
    public boolean isStop(BooleanSupplier stopped) throws InterruptedException {
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
