package io.logitstream.teacher.resume;

import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.deadletters.DeadLetter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Records of a tokens topic that are dead letters and not in the logits topic, in three groups. A dead letter that was
 * processed again later is in the logits topic and does not count.
 *
 * @param batches batches of a corpus and end markers
 * @param foreign records that no publisher wrote as a batch
 * @param unclear dead letters of older versions that may be from an earlier topic of the same name, which the logits
 *     cannot rule out
 */
record MissingRecords(Group batches, Group foreign, Group unclear) {
    /**
     * A group of dead letters.
     *
     * @param count number of records
     * @param first dead letter with the lowest partition and offset; null if there is none
     */
    record Group(long count, DeadLetter first) {}

    /**
     * Reads all dead letters. It is called a second time for the first letter of each group, so none is kept in memory.
     */
    @FunctionalInterface
    interface Letters {
        void forEach(Consumer<DeadLetter> letter);
    }

    /** Finds records of the logits topic, see {@link SourceOffsetSearch#firstSourceFrom}. */
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

        // Logits before the first record with a source position cannot be found by source offset.
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

        // A record that failed twice has two letters; either one will do.
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
     * Finds the missing records.
     *
     * @param tokens the tokens topic
     * @param ends end offset of each of its partitions
     * @param letters dead letters of the stream
     * @param search search in the logits topic
     */
    static MissingRecords find(TopicIdentity tokens, Map<Integer, Long> ends, Letters letters, Search search) {
        Map<Integer, Partition> partitions = new TreeMap<>();
        Consumer<Consumer<DeadLetter>> own = action -> letters.forEach(letter -> {
            // A letter without a source position may be from an earlier, longer topic of the same name.
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
                // All letters before the next record in the logits topic are missing: one search covers many letters.
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
