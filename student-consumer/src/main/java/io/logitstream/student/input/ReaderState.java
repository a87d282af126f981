package io.logitstream.student.input;

import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.List;
import java.util.Map;

/**
 * Position of a reader; part of every checkpoint.
 *
 * @param offsets next offset of each partition
 * @param turn partition that is read next
 * @param ended partitions that have ended in this epoch
 * @param epoch completed passes over the topic
 * @param batches batches read in this epoch
 * @param held addresses of the batches in the shuffle window, in their order
 * @param teacher teacher of the first record; null where there is none or the configuration names teachers
 * @param passed records read in this epoch minus the batches that they gave: a record that was left out counts 1, one
 *     whose batch was given n times counts 1 - n
 * @param given how often the batch at the offset of {@code turn} was given so far; 0 unless it is repeated
 * @param corpora for each partition the corpora seen in this epoch, and whether they have ended there; null in
 *     checkpoints of versions without corpus weights
 * @param counts sizes of the corpora whose end-of-corpus markers were read; null in older checkpoints
 * @param tokens predicted tokens of the batches read in this epoch; null in older checkpoints, and where corpora had
 *     weights in this epoch
 * @param topic identity of the topic that the offsets belong to; null in older checkpoints, and where the cluster gives
 *     no topic id
 */
public record ReaderState(
        Map<Integer, Long> offsets,
        int turn,
        List<Integer> ended,
        int epoch,
        long batches,
        List<Address> held,
        String teacher,
        long passed,
        int given,
        Map<Integer, Map<String, Boolean>> corpora,
        Map<String, CorpusCount> counts,
        Long tokens,
        TopicIdentity topic) {
    /** The same position with other batches in the shuffle window. */
    ReaderState holding(List<Address> inWindow) {
        return new ReaderState(
                offsets, turn, ended, epoch, batches, inWindow, teacher, passed, given, corpora, counts, tokens, topic);
    }

    /**
     * Address of a record in its topic.
     *
     * @param partition partition
     * @param offset offset
     */
    public record Address(int partition, long offset) {}
}
