package io.logitstream.producers;

import io.logitstream.producers.batches.BatchPosition;
import io.logitstream.producers.batches.PipeEndCheck;
import io.logitstream.producers.batches.ReadAhead;
import io.logitstream.producers.batches.TokenBatchSource;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Moves batches from the corpus to the topic. Transactions are short, so that live readers see the first
 * batch soon, and have an upper size, so that little is lost with one.
 */
final class PublishLoop {
    private static final int MOST_BATCHES = 256;
    private static final long LONGEST_NANOS = Duration.ofMillis(400).toNanos();
    private static final long STOP_CHECK_NANOS = Duration.ofMillis(50).toNanos();

    private final TokenBatchSource source;
    private final TokenWriter writer;
    private final ResumeCheck resume;
    private final PublishListener listener;
    private final BooleanSupplier withdrawn;
    private final PipeEndCheck pipe;
    private final long batchesBefore;
    private long batches;
    private long predictedTokens;
    private double fraction;
    private long committedBatches;
    private long committedTokens;
    private long transactionBegan;

    /**
     * @param after where the last published batch stands, null if there is none
     * @param withdrawn whether the corpus is to end at once
     * @param pipe how the corpus ends that is read from a pipe, null for files
     */
    PublishLoop(
            TokenBatchSource source,
            TokenWriter writer,
            ResumeCheck resume,
            BatchPosition after,
            PublishListener listener,
            BooleanSupplier withdrawn,
            PipeEndCheck pipe) {
        this.withdrawn = withdrawn;
        this.pipe = pipe;
        this.source = source;
        this.writer = writer;
        this.resume = resume;
        this.listener = listener;
        batchesBefore = after == null ? 0 : after.number() + 1;
        batches = batchesBefore;
        committedBatches = batchesBefore;
        predictedTokens = after == null ? 0 : after.tokensSoFar();
        committedTokens = predictedTokens;
    }

    /**
     * Runs to the end of the corpus: true; or until stopped: false, and nothing is left open.
     *
     * @throws InterruptedException when interrupted, with nothing left open either
     */
    boolean run(BooleanSupplier stopped) throws InterruptedException {
        ReadAhead.Item held = null;
        try (ReadAhead ahead = new ReadAhead(source)) {
            while (!stopped.getAsBoolean()) {
                if (withdrawn.getAsBoolean()) {
                    // Also before what is published has come by again, for which the files may be gone.
                    writer.end(batches, predictedTokens);
                    commit(1);
                    return true;
                }
                ReadAhead.Item item = ahead.poll(STOP_CHECK_NANOS);
                if (item != null && item.batch() == null) {
                    if (pipe != null && pipe.isStop(stopped)) {
                        return false;
                    }
                    if (held != null) {
                        accept(held);
                    }
                    resume.requireReached();
                    writer.end(batches, predictedTokens);
                    commit(1);
                    return true;
                }
                if (item != null) {
                    if (held != null) {
                        accept(held);
                    }
                    held = pipe != null && pipe.isShort(item.batch()) ? item : null;
                    if (held == null) {
                        accept(item);
                    }
                }
                boolean due = batches - committedBatches >= MOST_BATCHES
                        || System.nanoTime() - transactionBegan >= LONGEST_NANOS;
                if (writer.isOpen() && due) {
                    commit(fraction);
                }
            }
            return false;
        } catch (InterruptException e) {
            // The client has set the flag; taking back the transaction needs it cleared.
            Thread.interrupted();
            throw new InterruptedException(e.getMessage());
        } finally {
            writer.abort();
        }
    }

    /** Batches of the corpus that are committed, those of earlier runs included. */
    long batches() {
        return committedBatches;
    }

    /** Predicted tokens of these batches. */
    long predictedTokens() {
        return committedTokens;
    }

    /** Batches that this run has committed. */
    long newBatches() {
        return committedBatches - batchesBefore;
    }

    private void accept(ReadAhead.Item item) {
        fraction = item.fraction();
        if (!resume.isNew(item.batch())) {
            if (resume.isReached()) {
                listener.committed(committedBatches, committedTokens, fraction);
            }
            return;
        }
        if (!writer.isOpen()) {
            transactionBegan = System.nanoTime();
        }
        writer.write(item.batch());
        batches = item.batch().number() + 1;
        predictedTokens = item.batch().tokensSoFar();
    }

    private void commit(double fractionNow) {
        writer.commit();
        committedBatches = batches;
        committedTokens = predictedTokens;
        listener.committed(committedBatches, committedTokens, fractionNow);
    }
}
