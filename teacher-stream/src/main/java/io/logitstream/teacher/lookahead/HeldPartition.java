package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The records of one partition that are on their way from the broker to a task, in order. One assignment of the
 * partition has one instance. Guarded by its {@link LookAhead}.
 */
final class HeldPartition {
    private final TopicPartition name;
    /** Records that the stream does not have yet, in the order of their offsets. */
    private final Deque<HeldRecord> held = new ArrayDeque<>();
    /** Those of them whose batches wait to be scored. */
    private final Deque<HeldRecord> unstarted = new ArrayDeque<>();
    /** Records that the stream has and whose results it has not taken yet, by offset. */
    private final TreeMap<Long, HeldRecord> delivered = new TreeMap<>();

    private int ahead;
    private OffsetAndMetadata end;
    private OffsetAndMetadata reported;

    HeldPartition(TopicPartition name) {
        this.name = name;
    }

    TopicPartition name() {
        return name;
    }

    void add(HeldRecord record) {
        held.add(record);
        if (record.batch() != null) {
            unstarted.add(record);
        }
    }

    /** The next record whose batch waits to be scored; null if none does. */
    HeldRecord nextUnstarted() {
        return unstarted.peek();
    }

    /** Records that the stream does not have yet. */
    int size() {
        return held.size();
    }

    /** Batches whose results exist or are being computed, and have not been taken. */
    int ahead() {
        return ahead;
    }

    /** Whether it needs a share of the work in flight. */
    boolean isActive() {
        return ahead > 0 || !unstarted.isEmpty();
    }

    /**
     * Whether the next record can be given to the stream.
     *
     * @param refused tests whether a record can be given to it whose batch was refused
     */
    boolean isReady(Predicate<TokenBatch> refused) {
        HeldRecord next = held.peek();
        return next != null && next.isReady() && (!next.isRefused() || refused.test(next.batch()));
    }

    HeldRecord claim() {
        ahead++;
        return unstarted.remove();
    }

    /** Takes the records that are ready, up to the first that is not. */
    List<HeldRecord> deliver(Predicate<TokenBatch> refused) {
        List<HeldRecord> ready = new ArrayList<>();
        while (isReady(refused)) {
            HeldRecord next = held.remove();
            ready.add(next);
            if (next.batch() != null) {
                delivered.put(next.offset(), next);
            }
        }
        return ready;
    }

    /** Removes the result of a record, and those of the records before it, which the stream has passed. */
    HeldRecord take(long offset) {
        HeldRecord found = delivered.get(offset);
        var passed = delivered.headMap(offset, true);
        ahead -= passed.size();
        passed.clear();
        return found;
    }

    /** All records with work that is started and may not be finished. */
    List<HeldRecord> all() {
        List<HeldRecord> all = new ArrayList<>(held);
        all.addAll(delivered.values());
        return all;
    }

    /** Sets the offset after the last record that was read. */
    void setEnd(OffsetAndMetadata next) {
        end = next;
    }

    /** Offset of the next record that the stream will get; null if no record is held. */
    Long heldOffset() {
        return held.isEmpty() ? null : held.peek().offset();
    }

    /** Position of the stream, if it has changed since the last call; null otherwise. */
    OffsetAndMetadata next() {
        OffsetAndMetadata next = held.isEmpty()
                ? end
                : new OffsetAndMetadata(
                        held.peek().offset(), held.peek().record().leaderEpoch(), "");
        if (next == null || next.equals(reported)) {
            return null;
        }
        reported = next;
        return next;
    }
}
