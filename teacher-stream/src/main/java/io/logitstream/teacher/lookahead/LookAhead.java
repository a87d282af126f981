package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.ScoredBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The batches of one instance that are scored before the stream's tasks get their records. All threads of the instance
 * share it. Thread-safe.
 *
 * <p>At most {@link BatchScorer#concurrency()} batches are being scored at a time, and at most twice as many are being
 * scored or have a result that was not taken. Each active partition has an equal share of the latter, at least one
 * batch, so that a partition whose records nobody takes cannot hold the others back, and an empty one leaves its share
 * to them. Of the partitions with a share left, the one with the oldest batch is next: students read one record of each
 * partition in turn, in the order in which the batches were published.
 *
 * <p>A batch that the teacher refuses waits until one with such rows is scored, or none is left to try: the stream must
 * know whether the teacher refuses all of them.
 */
public final class LookAhead implements AutoCloseable {
    private final BatchScorer scorer;
    private final Map<TopicPartition, HeldPartition> partitions = new HashMap<>();
    private final AtomicInteger claims = new AtomicInteger();
    private final ScoredShapes scored = new ScoredShapes();
    private int inFlight;
    private boolean stopping;
    private boolean closed;

    /** @param scorer computes the logits; closed by its owner */
    public LookAhead(BatchScorer scorer) {
        this.scorer = scorer;
    }

    /** Starts to hold records of a newly assigned partition. */
    HeldPartition open(TopicPartition name) {
        HeldPartition partition = new HeldPartition(name);
        synchronized (this) {
            partitions.put(name, partition);
        }
        return partition;
    }

    /** Drops partitions with their records and results. Work for the others is started after all of them are gone. */
    void drop(Collection<HeldPartition> dropped) {
        List<CompletableFuture<ScoredBatch>> works = new ArrayList<>();
        synchronized (this) {
            for (HeldPartition partition : dropped) {
                // Another thread may hold the partition by now.
                partitions.remove(partition.name(), partition);
                partition.all().stream()
                        .map(HeldRecord::work)
                        .filter(work -> work != null && !work.isDone())
                        .forEach(works::add);
            }
        }
        works.forEach(work -> work.cancel(true));
        startWaiting();
    }

    /** Adds records behind those that a partition holds. {@link #startWaiting} starts to score them. */
    synchronized void add(HeldPartition partition, List<HeldRecord> records) {
        records.forEach(partition::add);
    }

    /** Whether a partition holds enough records for now: twice those that may be scored ahead. */
    synchronized boolean isFull(HeldPartition partition) {
        return partition.size() >= 2 * share();
    }

    /** Offset of the first record that a partition holds back; null if it holds none. */
    synchronized Long heldOffset(HeldPartition partition) {
        return partition.heldOffset();
    }

    /** Sets the offset after the last record of a partition that was read. */
    synchronized void setEnd(HeldPartition partition, OffsetAndMetadata end) {
        partition.setEnd(end);
    }

    /** Position of the stream in a partition, if it has changed since the last call; null otherwise. */
    synchronized OffsetAndMetadata position(HeldPartition partition) {
        return partition.next();
    }

    /** Takes the records of a partition that are ready, in order. */
    synchronized List<HeldRecord> deliver(HeldPartition partition) {
        return partition.deliver(this::passesRefused);
    }

    /**
     * Waits until one of some partitions has a record for the stream.
     *
     * @param nanos longest wait
     */
    synchronized void awaitReady(List<HeldPartition> some, long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos;
                left > 0 && some.stream().noneMatch(each -> each.isReady(this::passesRefused));
                left = end - System.nanoTime()) {
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /**
     * Takes the result of a record that the stream processes now.
     *
     * @param partition partition of the record
     * @param offset its offset
     */
    public ScoredRecord take(TopicPartition partition, long offset) {
        HeldRecord found;
        synchronized (this) {
            HeldPartition held = partitions.get(partition);
            found = held == null ? null : held.take(offset);
        }
        startWaiting();
        return found == null ? ScoredRecord.NONE : new ScoredRecord(found.batch(), found.result());
    }

    /** Notes that a batch was scored that was not scored ahead. */
    public synchronized void noteScored(TokenBatch batch) {
        scored.add(batch);
    }

    /** Whether rows were scored that are those of another corpus, or as long as those of a batch. */
    public synchronized boolean hasScoredRowsFor(TokenBatch batch) {
        return scored.fit(batch);
    }

    private boolean passesRefused(TokenBatch batch) {
        return scored.fit(batch) || inFlight == 0 && next() == null;
    }

    /** Number of batches that are being scored now. */
    public synchronized int inFlight() {
        return inFlight;
    }

    /** Starts to score batches as far as there is room. */
    // The result of a batch may arrive while another one is started, in the same thread or in another one. Only one
    // thread starts batches at a time, and it looks again for those that had to leave.
    void startWaiting() {
        if (claims.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            for (HeldRecord next = claim(); next != null; next = claim()) {
                start(next);
            }
            seen = claims.addAndGet(-seen);
        } while (seen > 0);
    }

    private synchronized HeldRecord claim() {
        HeldPartition next = stopping || inFlight >= scorer.concurrency() ? null : next();
        if (next == null) {
            return null;
        }
        inFlight++;
        return next.claim();
    }

    private HeldPartition next() {
        long share = share();
        HeldPartition next = null;
        for (HeldPartition each : partitions.values()) {
            if (each.nextUnstarted() != null
                    && each.ahead() < share
                    && (next == null || HeldRecord.BY_AGE.compare(each.nextUnstarted(), next.nextUnstarted()) < 0)) {
                next = each;
            }
        }
        return next;
    }

    private long share() {
        long active =
                partitions.values().stream().filter(HeldPartition::isActive).count();
        return Math.max(1, 2L * scorer.concurrency() / Math.max(1, active));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The result of the record is completed here.
    private void start(HeldRecord next) {
        CompletableFuture<ScoredBatch> work;
        try {
            work = scorer.score(next.batch());
        } catch (Throwable e) {
            // Thrown on, it would leave the claims of this thread, and no batch would be started any more.
            work = CompletableFuture.failedFuture(e);
        }
        boolean late;
        synchronized (this) {
            next.setWork(work);
            late = closed;
        }
        work.whenComplete((result, failure) -> {
            synchronized (this) {
                inFlight--;
                if (result != null) {
                    scored.add(next.batch());
                }
                next.end(result, failure);
                notifyAll();
            }
            startWaiting();
        });
        if (late) {
            work.cancel(true);
        }
    }

    /**
     * Scores a batch in the calling thread, for a record without a result.
     *
     * @param pass computes the result
     */
    public ScoredBatch scoreNow(Supplier<ScoredBatch> pass) {
        return scorer.scoreNow(pass);
    }

    /** Starts no more work, before the stream is closed. Work that has begun goes on. */
    public synchronized void stopStarting() {
        stopping = true;
    }

    /** Gives up all work. Results that are not complete are cancelled. */
    @Override
    public void close() {
        List<HeldPartition> open;
        synchronized (this) {
            stopping = true;
            closed = true;
            open = List.copyOf(partitions.values());
        }
        drop(open);
    }
}
