package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The turn of a topic's partitions: which one is read next, how often the batch of a record is given by the weight of
 * its corpus, and which partitions have ended. Partitions take turns in the order of their numbers, one record each.
 */
final class PartitionTurns {
    private final String topic;
    private final List<Integer> partitions;
    private final CorpusWeights weights;
    private final CorpusEnds ends;
    private final List<Integer> ended = new ArrayList<>();
    private final Map<Integer, Map<String, BatchKey>> lastKeys = new HashMap<>();
    private int turn;
    private int given;
    private int epoch;
    private long batches;
    private long passed;
    /**
     * Predicted tokens of this epoch's batches; null where weights apply or applied, or a checkpoint did not have it.
     */
    private Long tokens;

    /**
     * Turns from the beginning of a topic.
     *
     * @param topic name of the topic, for messages
     * @param partitions numbers of the partitions, in order
     * @param weights how often the batches of each corpus are given
     */
    PartitionTurns(String topic, List<Integer> partitions, CorpusWeights weights) {
        this.topic = topic;
        this.partitions = partitions;
        this.weights = weights;
        this.ends = new CorpusEnds(weights);
        rewind();
    }

    private void rewind() {
        ended.clear();
        ends.restore(Map.of());
        lastKeys.clear();
        batches = 0;
        passed = 0;
        tokens = isWeighted() ? null : Long.valueOf(0);
        turn = partitions.get(0);
    }

    /** Begins the next pass over the topic. */
    void nextEpoch() {
        epoch++;
        rewind();
    }

    /** Continues where a checkpoint stood. */
    void restore(ReaderState state) {
        ended.clear();
        if (state.corpora() == null) {
            ended.addAll(state.ended());
        } else {
            // With other weights than before, other corpora may have to end.
            ends.restore(state.corpora());
            partitions.stream().filter(ends::isEnded).forEach(ended::add);
        }
        passed = state.passed();
        tokens = isWeighted() ? null : state.tokens();
        given = state.given();
        turn = state.turn();
        epoch = state.epoch();
        batches = state.batches();
    }

    /**
     * Position of the reader.
     *
     * @param offsets next offset of each partition
     * @param teacher teacher of the first record, or null
     * @param counts counts of the end-of-corpus markers read
     * @param identity the topic that the offsets belong to, or null
     */
    ReaderState state(
            Map<Integer, Long> offsets, String teacher, Map<String, CorpusCount> counts, TopicIdentity identity) {
        return new ReaderState(
                offsets,
                turn,
                List.copyOf(ended),
                epoch,
                batches,
                List.of(),
                teacher,
                passed,
                given,
                ends.state(),
                counts,
                tokens,
                identity);
    }

    /** The partition whose turn it is. */
    int turn() {
        return turn;
    }

    /** Passes the turn to the next partition. */
    void advance() {
        turn = partitions.get((partitions.indexOf(turn) + 1) % partitions.size());
    }

    /** Whether the partition whose turn it is has ended. */
    boolean isEnded() {
        return ended.contains(turn);
    }

    /** Whether all partitions have ended. */
    boolean areAllEnded() {
        return ended.size() >= partitions.size();
    }

    /** Whether the corpus of a key has the weight 0. */
    boolean isWithdrawn(BatchKey key) {
        return weights.isWithdrawn(key.corpus());
    }

    /** Whether the current record's batch has been given as often as its weight asks. */
    boolean isGivenOften(BatchKey key) {
        return given >= weights.copies(key, epoch);
    }

    /**
     * Gives the batch of the current record.
     *
     * @return whether the record is done with, and the turn has passed on; otherwise it will be given once more
     * @throws LogitstreamException when the batch is not behind the last one of its corpus in its partition
     */
    boolean give(TrainingBatch batch) {
        if (given == 0) {
            requireOrder(batch);
        }
        given++;
        batches++;
        tokens = tokens == null ? null : Long.valueOf(tokens + batch.predicted());
        if (given != weights.copies(batch.key(), epoch)) {
            return false;
        }
        leave(batch.key());
        advance();
        return true;
    }

    /** Leaves the current record, of which nothing more is given. */
    void leave(BatchKey key) {
        ends.batch(turn, key.corpus());
        // A withdrawn batch counts neither as read nor as passed over.
        passed += (isWithdrawn(key) ? 0 : 1) - given;
        given = 0;
    }

    /** Notes the end of a corpus in the partition whose turn it is. */
    void end(BatchKey key) {
        ends.end(turn, key.corpus());
        if (ends.isEnded(turn)) {
            ended.add(turn);
        }
    }

    private void requireOrder(TrainingBatch batch) {
        BatchKey last = lastKeys.computeIfAbsent(batch.partition(), partition -> new HashMap<>())
                .put(batch.key().corpus(), batch.key());
        boolean inOrder = last == null
                || last.shard() < batch.key().shard()
                || last.shard() == batch.key().shard()
                        && last.batch() < batch.key().batch();
        if (!inOrder) {
            throw new LogitstreamException(batch.address(topic) + ": comes after batch " + last
                    + ": the topic holds a batch twice or out of order");
        }
    }

    private boolean isWeighted() {
        return !weights.named().isEmpty();
    }

    /** Completed passes over the topic. */
    int epoch() {
        return epoch;
    }

    /** Batches that were read in this epoch or passed over. */
    long read() {
        return batches + passed;
    }

    /** Predicted tokens of the batches read in this epoch; null where that is not known. */
    Long tokensOfRead() {
        return passed == 0 ? tokens : null;
    }

    /** Whether corpora were weighted in this epoch, or may have been. */
    boolean mayBeWeighted() {
        return tokens == null;
    }

    /** For each partition its corpora, and whether they have ended there. */
    Map<Integer, Map<String, Boolean>> corpora() {
        return ends.state();
    }
}
