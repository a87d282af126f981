package io.logitstream.producers;

import io.logitstream.producers.batches.PipeEndCheck;
import io.logitstream.producers.batches.ReadAhead;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.schemas.kafka.BatchPosition;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.errors.InterruptException;

/**
 * The publishing loop: takes batches from the corpus and writes them to the topic in transactions. Transactions are
 * short, so that live readers see batches soon, and limited in size, so that an aborted one costs little work.
 */
final class PublishLoop {
    private static final int MAX_BATCHES = 256;
    private static final long MAX_TRANSACTION_NANOS = Duration.ofMillis(400).toNanos();
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
     * @param source batches of the corpus, in order
     * @param writer transactional writer
     * @param resume skips the published batches
     * @param after position of the last published batch; null if there is none
     * @param listener receives the progress
     * @param withdrawn whether the corpus has to end at once
     * @param pipe check of the end of a pipe; null if the corpus is read from files
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
     * Publishes until the corpus ends or a stop is requested. No transaction is open afterwards, whatever the outcome.
     *
     * @param stopped whether a stop is requested
     * @return true if the corpus has ended; false after a stop
     * @throws InterruptedException when the thread is interrupted
     */
    boolean run(BooleanSupplier stopped) throws InterruptedException {
        ReadAhead.Item held = null;
        try (ReadAhead ahead = new ReadAhead(source)) {
            while (!stopped.getAsBoolean()) {
                if (withdrawn.getAsBoolean()) {
                    // This holds also before the published batches were read again: their files may be gone.
                    writer.end(batches, predictedTokens);
                    commit(1);
                    return true;
                }
                ReadAhead.Item item = ahead.poll(STOP_CHECK_NANOS);
                if (item != null && item.batch() == null) {
                    if (pipe != null && pipe.isStopRequested(stopped)) {
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
                    held = pipe != null && pipe.isPartial(item.batch()) ? item : null;
                    if (held == null) {
                        accept(item);
                    }
                }
                boolean due = batches - committedBatches >= MAX_BATCHES
                        || System.nanoTime() - transactionBegan >= MAX_TRANSACTION_NANOS;
                if (writer.isOpen() && due) {
                    commit(fraction);
                }
            }
            return false;
        } catch (InterruptException e) {
            // Kafka's client has set the interrupt flag; aborting the transaction needs it cleared.
            Thread.interrupted();
            throw new InterruptedException(e.getMessage());
        } finally {
            writer.abort();
        }
    }

    /** Committed batches of the corpus, including the ones of earlier runs. */
    long batches() {
        return committedBatches;
    }

    /** Predicted tokens of these batches. */
    long predictedTokens() {
        return committedTokens;
    }

    /** Batches committed by this run. */
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
