package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Decides by the last records of the tokens and the logits topic whether a corpus has ended and the stream has read it.
 * Foreign records may follow the end markers. Not thread-safe.
 */
final class CorpusCompletion {
    /** Reads the last records of a partition. */
    @FunctionalInterface
    interface TailReader {
        /** Returns at most {@code count} last records, in order. */
        List<ConsumerRecord<String, byte[]>> last(int partition, int count);
    }

    /**
     * The markers of all partitions are committed together. A partition without one after this time will not get one.
     */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();
    /** Number of records at the end of a partition in which to look for a batch or marker. */
    private static final int LOOK_BACK = 16;

    private final String tokensTopic;
    private final TailReader tokens;
    private final TailReader logits;
    private final LongSupplier nanoTime;
    private Long withoutEndSince;

    CorpusCompletion(String tokensTopic, TailReader tokens, TailReader logits, LongSupplier nanoTime) {
        this.tokensTopic = tokensTopic;
        this.tokens = tokens;
        this.logits = logits;
        this.nanoTime = nanoTime;
    }

    /**
     * Whether the corpus has ended in each partition and the stream has read all of them to the end.
     *
     * @param partitions partitions of the tokens topic
     * @param committed supplies the group's offsets; called only when the corpus has ended
     * @throws LogitstreamException when a partition will not get an end marker
     */
    boolean isOver(List<Integer> partitions, Supplier<Map<Integer, Long>> committed) {
        Map<Integer, Long> lastOffsets = new HashMap<>();
        List<Integer> empty = new ArrayList<>();
        boolean ended = false;
        for (int partition : partitions) {
            List<ConsumerRecord<String, byte[]>> tail = tokens.last(partition, 1);
            if (!tail.isEmpty()) {
                lastOffsets.put(partition, tail.get(0).offset());
            }
            switch (stateOf(partition, tail)) {
                case ENDED -> ended = true;
                case EMPTY -> empty.add(partition);
                default -> {
                    withoutEndSince = null;
                    return false;
                }
            }
        }
        if (!ended || !empty.isEmpty()) {
            requireEnds(ended, empty);
            return false;
        }
        if (lastOffsets.isEmpty()) {
            return true;
        }
        Map<Integer, Long> offsets = committed.get();
        return lastOffsets.entrySet().stream()
                .allMatch(last -> offsets.getOrDefault(last.getKey(), 0L) > last.getValue());
    }

    private enum State {
        OPEN,
        ENDED,
        EMPTY
    }

    private State stateOf(int partition, List<ConsumerRecord<String, byte[]>> tail) {
        if (!tail.isEmpty() && isMarker(tail.get(0))) {
            return State.ENDED;
        }
        ConsumerRecord<String, byte[]> last = tail.isEmpty() ? null : lastBatch(partition);
        if (last != null) {
            return isMarker(last) ? State.ENDED : State.OPEN;
        }
        // The records of a finished corpus may be deleted, or many foreign records may follow them: the logits decide.
        ConsumerRecord<String, byte[]> taught = lastKeyed(logits.last(partition, LOOK_BACK));
        if (taught != null && isMarker(taught)) {
            return State.ENDED;
        }
        return tail.isEmpty() ? State.EMPTY : State.OPEN;
    }

    private void requireEnds(boolean ended, List<Integer> empty) {
        if (!ended) {
            withoutEndSince = null;
            return;
        }
        withoutEndSince = withoutEndSince == null ? nanoTime.getAsLong() : withoutEndSince;
        if (nanoTime.getAsLong() - withoutEndSince > PATIENCE_NANOS) {
            throw new LogitstreamException(
                    "topic " + tokensTopic + ": partition " + empty.get(0) + " is empty, but all other"
                            + " partitions end with an end-of-corpus marker: the partition was added afterwards, or its records"
                            + " were deleted; publish the corpus to another topic (topics.tokens)");
        }
    }

    /** Last batch or marker near the end of a tokens partition; null if there is none. */
    private ConsumerRecord<String, byte[]> lastBatch(int partition) {
        List<ConsumerRecord<String, byte[]>> tail = tokens.last(partition, LOOK_BACK);
        long taught = -1;
        for (int i = tail.size() - 1; i >= 0; i--) {
            ConsumerRecord<String, byte[]> record = tail.get(i);
            if (RecordKind.of(record) == RecordKind.FOREIGN) {
                continue;
            }
            if (isMarker(record) || BatchPosition.isPublished(record.headers())) {
                return record;
            }
            // Other publishers may not write the header. A record that has logits is a batch as well.
            taught = taught < 0 ? taughtUpTo(partition) : taught;
            if (taught > record.offset()) {
                return record;
            }
        }
        return null;
    }

    private long taughtUpTo(int partition) {
        ConsumerRecord<String, byte[]> last = lastKeyed(logits.last(partition, LOOK_BACK));
        SourcePosition source = last == null ? null : SourcePosition.readFrom(last);
        return source == null ? 0 : source.offset() + 1;
    }

    private static ConsumerRecord<String, byte[]> lastKeyed(List<ConsumerRecord<String, byte[]>> tail) {
        for (int i = tail.size() - 1; i >= 0; i--) {
            if (RecordKind.of(tail.get(i)) != RecordKind.FOREIGN) {
                return tail.get(i);
            }
        }
        return null;
    }

    /**
     * Requires that a logits partition ends with the end of the corpus.
     *
     * @param partition number of the partition
     * @param identity the tokens topic
     * @param logitsTopic name of the logits topic
     * @throws LogitstreamException when it ends with something else
     */
    void requireEnd(int partition, TopicIdentity identity, String logitsTopic) {
        ConsumerRecord<String, byte[]> last = lastKeyed(logits.last(partition, LOOK_BACK));
        ConsumerRecord<String, byte[]> wanted = lastBatch(partition);
        SourcePosition source = last == null ? null : SourcePosition.readFrom(last);
        boolean behind = wanted != null
                && source != null
                && identity.changeSince(source.topic(identity.name())).isEmpty()
                && source.offset() < wanted.offset();
        if (last == null || !isMarker(last) || behind) {
            throw new LogitstreamException("partition " + partition + " of topic " + logitsTopic + " ends with "
                    + (last == null ? "no batch" : last.key()) + ", but the same partition of topic " + tokensTopic
                    + " ends with " + (wanted == null ? "no batch" : wanted.key() + " at offset " + wanted.offset())
                    + ": batches are missing in " + logitsTopic
                    + ", and they are not dead letters; use another logits topic (--set topics.logits=NAME)");
        }
    }

    private static boolean isMarker(ConsumerRecord<?, ?> record) {
        return RecordKind.of(record) == RecordKind.END_OF_CORPUS;
    }
}
