package io.logitstream.teacher.resume;

import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.deadletters.DeadLetter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Dead letters of a tokens topic whose records are not in the logits topic, by what they were. One that was taught again
 * later is there.
 *
 * @param batches batches of a corpus and end markers
 * @param foreign records that no publisher wrote as a batch
 * @param unclear letters of older versions, which do not say which topic of the name they are of, where the logits
 *     do not say it either
 */
record MissingRecords(Group batches, Group foreign, Group unclear) {
    /**
     * Letters of a kind.
     *
     * @param count how many
     * @param first the one of the lowest partition and offset; null where there is none
     */
    record Group(long count, DeadLetter first) {}

    /** Reads all dead letters; called again for the first of each kind, so that none has to be kept. */
    @FunctionalInterface
    interface Letters {
        void forEach(Consumer<DeadLetter> letter);
    }

    /** Finds the smallest source offset, from some offset on, in a logits partition; {@link Long#MAX_VALUE} for none. */
    @FunctionalInterface
    interface Search {
        long firstSourceFrom(int partition, long source);
    }

    private static final class Partition {
        private final OffsetRanges batches = new OffsetRanges();
        private final OffsetRanges others = new OffsetRanges();
        private final OffsetRanges sourceless = new OffsetRanges();

        private final LongSupplier firstSource;
        private Long taughtFrom;

        private Partition(LongSupplier firstSource) {
            this.firstSource = firstSource;
        }

        private OffsetRanges of(DeadLetter letter) {
            return isUnclear(letter) ? sourceless : letter.isBatch() ? batches : others;
        }

        private long next(long from) {
            return Math.min(batches.next(from), others.next(from));
        }

        // What was taught before the first record with a source cannot be found by its source.
        private boolean isUnclear(DeadLetter letter) {
            if (letter.source() != null) {
                return false;
            }
            taughtFrom = taughtFrom == null ? firstSource.getAsLong() : taughtFrom;
            return letter.offset() < taughtFrom;
        }
    }

    private static final class Finding {
        private long count;
        private int partition;
        private long offset;
        private DeadLetter first;

        private void add(OffsetRanges ranges, int number, long from, long to) {
            long added = ranges.count(from, to);
            if (added > 0 && count == 0) {
                partition = number;
                offset = ranges.next(from);
            }
            count += added;
        }

        // A record that was given up twice has two letters, and the later one is as good.
        private void offer(DeadLetter letter) {
            if (count > 0 && letter.partition() == partition && letter.offset() == offset) {
                first = letter;
            }
        }

        private Group group() {
            return new Group(count, first);
        }
    }

    /**
     * Finds them.
     *
     * @param tokens the tokens topic
     * @param ends the offset behind the last record of each of its partitions
     */
    static MissingRecords find(TopicIdentity tokens, Map<Integer, Long> ends, Letters letters, Search search) {
        Map<Integer, Partition> partitions = new TreeMap<>();
        Consumer<Consumer<DeadLetter>> own = action -> letters.forEach(letter -> {
            // Without a source, a letter may be of an earlier topic of the name, which was longer.
            if (letter.isOf(tokens) && letter.offset() < ends.getOrDefault(letter.partition(), 0L)) {
                action.accept(letter);
            }
        });
        own.accept(letter -> {
            Partition partition = partitions.computeIfAbsent(
                    letter.partition(), number -> new Partition(() -> search.firstSourceFrom(number, 0)));
            partition.of(letter).add(letter.offset());
        });
        Finding batches = new Finding();
        Finding foreign = new Finding();
        Finding unclear = new Finding();
        partitions.forEach((number, partition) -> {
            unclear.add(partition.sourceless, number, 0, Long.MAX_VALUE);
            long from = partition.next(0);
            while (from < Long.MAX_VALUE) {
                // All letters before the next record that came through are missing: a flood of them is one search.
                long through = search.firstSourceFrom(number, from);
                batches.add(partition.batches, number, from, through);
                foreign.add(partition.others, number, from, through);
                from = through == Long.MAX_VALUE ? through : partition.next(through + 1);
            }
        });
        if (batches.count + foreign.count + unclear.count > 0) {
            own.accept(letter -> List.of(batches, foreign, unclear).forEach(each -> each.offer(letter)));
        }
        return new MissingRecords(batches.group(), foreign.group(), unclear.group());
    }
}
