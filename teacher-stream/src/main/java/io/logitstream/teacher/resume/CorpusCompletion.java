package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.input.BatchHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Whether a corpus has ended, judged by the last records of the tokens and the logits topic. Records that nobody
 * published as a batch may lie behind the end markers. Not thread-safe.
 */
final class CorpusCompletion {
    /** The last records of a partition, in their order. */
    @FunctionalInterface
    interface Tail {
        List<ConsumerRecord<String, byte[]>> last(int partition, int count);
    }

    /** Markers are committed in all partitions at once; after so long, a partition without one has none. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();
    /** Foreign records that are passed over at the end of a partition. */
    private static final int LOOK_BACK = 16;

    private final String tokensTopic;
    private final Tail tokens;
    private final Tail logits;
    private final LongSupplier nanoTime;
    private Long withoutEndSince;

    CorpusCompletion(String tokensTopic, Tail tokens, Tail logits, LongSupplier nanoTime) {
        this.tokensTopic = tokensTopic;
        this.tokens = tokens;
        this.logits = logits;
        this.nanoTime = nanoTime;
    }

    /**
     * Whether the corpus has ended in each partition and the stream has read each of them to its end.
     *
     * @param partitions of the tokens topic
     * @param committed the group's offsets, asked for only when the corpus has ended
     * @throws LogitstreamException when a partition will never end
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
        // The records of a finished corpus may be deleted, or lie far behind foreign ones: the logits tell.
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
                    "topic " + tokensTopic + ": partition " + empty.get(0) + " is empty, but the corpus"
                            + " has ended with a marker in each of the others: the partition was added afterwards, or its records were"
                            + " deleted; publish the corpus into another topic (topics.tokens)");
        }
    }

    /** The last batch or marker near the end of a tokens partition, or null. */
    private ConsumerRecord<String, byte[]> lastBatch(int partition) {
        List<ConsumerRecord<String, byte[]>> tail = tokens.last(partition, LOOK_BACK);
        long taught = -1;
        for (int i = tail.size() - 1; i >= 0; i--) {
            ConsumerRecord<String, byte[]> record = tail.get(i);
            if (RecordKind.of(record) == RecordKind.FOREIGN) {
                continue;
            }
            if (isMarker(record) || BatchHeaders.isPublished(record.headers())) {
                return record;
            }
            // A publisher of someone's own may write no header: what was taught was a batch.
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
     * @param identity the tokens topic
     * @param logitsTopic name of the logits topic
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
            throw new LogitstreamException("topic " + logitsTopic + ", partition " + partition + " ends with "
                    + (last == null ? "nothing" : last.key()) + ", but topic " + tokensTopic + " with "
                    + (wanted == null ? "nothing" : wanted.key() + " at offset " + wanted.offset())
                    + ": batches are missing that are"
                    + " no dead letters; take another logits topic (--set topics.logits=NAME)");
        }
    }

    private static boolean isMarker(ConsumerRecord<?, ?> record) {
        return RecordKind.of(record) == RecordKind.END_OF_CORPUS;
    }
}
