package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.teacher.model.RefusedBatchException;
import io.logitstream.teacher.model.ScoredBatch;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record that was read and whose batch is being scored. Guarded by its {@link LookAhead}. */
final class HeldRecord {
    /** Order in which batches were published, as far as a record tells: by time, then by their numbers. */
    static final Comparator<HeldRecord> BY_AGE = Comparator.<HeldRecord>comparingLong(each -> each.timestamp)
            .thenComparingInt(each -> each.batch.getShard())
            .thenComparingInt(each -> each.batch.getBatch());

    /** The record; null once the stream has it. */
    private ConsumerRecord<byte[], byte[]> record;

    private final long offset;
    private final long timestamp;
    /** Batch to score; null if there is nothing to score, as in an end marker or a record that cannot be decoded. */
    private final TokenBatch batch;

    private final CompletableFuture<ScoredBatch> result = new CompletableFuture<>();
    /** Whether the teacher has refused the batch. */
    private boolean refused;
    /** Work of the scorer; null before it is started. */
    private CompletableFuture<ScoredBatch> work;

    HeldRecord(ConsumerRecord<byte[], byte[]> record, TokenBatch batch) {
        this.record = record;
        this.offset = record.offset();
        this.timestamp = record.timestamp();
        this.batch = batch;
    }

    long offset() {
        return offset;
    }

    ConsumerRecord<byte[], byte[]> record() {
        return record;
    }

    /** Hands over the record, which is not kept. */
    ConsumerRecord<byte[], byte[]> release() {
        ConsumerRecord<byte[], byte[]> released = record;
        record = null;
        return released;
    }

    TokenBatch batch() {
        return batch;
    }

    CompletableFuture<ScoredBatch> result() {
        return result;
    }

    /** Whether the record can be given to the stream without making it wait. */
    boolean isReady() {
        return batch == null || result.isDone();
    }

    /** Whether the teacher has refused the batch. */
    boolean isRefused() {
        return refused;
    }

    /** Notes how the work on the batch ended; one of the two is null. */
    void end(ScoredBatch scored, Throwable failure) {
        if (failure == null) {
            result.complete(scored);
            return;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            refused |= cause instanceof RefusedBatchException;
        }
        result.completeExceptionally(failure);
    }

    CompletableFuture<ScoredBatch> work() {
        return work;
    }

    void setWork(CompletableFuture<ScoredBatch> started) {
        work = started;
    }
}
