package io.logitstream.producers;

import io.logitstream.producers.batches.PipeEndCheck;
import io.logitstream.producers.batches.ReadAhead;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.errors.InterruptException;

/**
 * The publishing loop: takes batches from the corpus and writes them to the topic in transactions. Transactions are
 * short, so that live readers see batches soon, and limited in size, so that an aborted one costs little work.
 */
final class PublishLoop {
    private static final int MAX_BATCHES = 256;
    // After the first transaction readers can begin. Each one takes twice the time of the one before, up to the
    // largest.
    private static final long FIRST_TRANSACTION_NANOS = Duration.ofMillis(50).toNanos();

    private static final long MAX_TRANSACTION_NANOS = Duration.ofMillis(400).toNanos();
    private static final long STOP_CHECK_NANOS = Duration.ofMillis(50).toNanos();

    private final ReadAhead ahead;
    private final TokenWriter writer;
    private final Map<String, PublishedSource> sources;
    private final PublishListener listener;
    private final BooleanSupplier withdrawn;
    private final PipeEndCheck pipe;
    private final LongSupplier clock;
    private boolean resumed;
    private double fraction;
    private long transactionBegan;
    private long transactionNanos = FIRST_TRANSACTION_NANOS;

    /**
     * @param ahead batches of the corpus, in order; closed by its owner
     * @param writer transactional writer
     * @param sources sources of the corpus by name: several of a mixture, otherwise one
     * @param listener receives the progress
     * @param withdrawn whether the corpus has to end at once
     * @param pipe check of the end of a pipe; null if the corpus is read from files
     * @param clock time in nanoseconds
     */
    PublishLoop(
            ReadAhead ahead,
            TokenWriter writer,
            Map<String, PublishedSource> sources,
            PublishListener listener,
            BooleanSupplier withdrawn,
            PipeEndCheck pipe,
            LongSupplier clock) {
        this.ahead = ahead;
        this.writer = writer;
        this.sources = sources;
        this.listener = listener;
        this.withdrawn = withdrawn;
        this.pipe = pipe;
        this.clock = clock;
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
        try {
            while (!stopped.getAsBoolean()) {
                if (withdrawn.getAsBoolean()) {
                    // This holds also before the published batches were read again: their files may be gone.
                    end();
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
                    sources.values().forEach(source -> source.resume().requireReached());
                    end();
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
                boolean due = total(PublishedSource::batches) - batches() >= MAX_BATCHES
                        || clock.getAsLong() - transactionBegan >= transactionNanos;
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
        return total(PublishedSource::committedBatches);
    }

    /** Predicted tokens of these batches. */
    long predictedTokens() {
        return total(PublishedSource::committedTokens);
    }

    /** Batches committed by this run. */
    long newBatches() {
        return total(PublishedSource::newBatches);
    }

    private long total(ToLongFunction<PublishedSource> count) {
        return sources.values().stream().mapToLong(count).sum();
    }

    private void accept(ReadAhead.Item item) {
        fraction = item.fraction();
        PublishedSource source = sources.get(item.batch().corpus());
        if (!source.resume().isNew(item.batch())) {
            if (isResumed()) {
                tell(fraction);
            }
            return;
        }
        if (!resumed) {
            // Nothing is written before all that the topic has was found to be the beginning of the sources.
            sources.values().forEach(each -> each.resume().requireReached());
            resumed = true;
        }
        if (!writer.isOpen()) {
            transactionBegan = clock.getAsLong();
        }
        writer.write(item.batch());
        source.written(item.batch());
    }

    private boolean isResumed() {
        return sources.values().stream().allMatch(source -> source.resume().isReached());
    }

    /** Ends all sources together: a reader that sees a partition end with a marker knows that nothing follows. */
    private void end() {
        sources.values().forEach(source -> writer.end(source.name(), source.batches(), source.tokens()));
        commit(1);
    }

    private void commit(double fractionNow) {
        writer.commit();
        transactionNanos = Math.min(2 * transactionNanos, MAX_TRANSACTION_NANOS);
        sources.values().forEach(PublishedSource::committed);
        tell(fractionNow);
    }

    private void tell(double fractionNow) {
        if (sources.size() > 1) {
            Map<String, Long> shares = new LinkedHashMap<>();
            sources.forEach((name, source) -> shares.put(name, source.committedTokens()));
            listener.shares(shares);
        }
        listener.committed(batches(), predictedTokens(), fractionNow);
    }
}
