package io.logitstream.student.input;

import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.List;
import java.util.Map;

/**
 * Where a reader stands; part of every checkpoint.
 *
 * @param offsets next offset of each partition
 * @param turn the partition that is next
 * @param ended partitions whose end-of-corpus marker has been read in this epoch
 * @param epoch passes over the topic that are complete
 * @param batches batches read in this epoch
 * @param held addresses of the batches in the shuffle window, in their order
 * @param teacher the one teacher whose logits have been read, null where there is none or several are allowed
 * @param passed records read in this epoch less the batches that they gave: those left out count 1, repeated ones less
 *     than 0
 * @param given times that the record at the offset of {@code turn} has been given already; 0 unless it is repeated
 * @param corpora for each partition the corpora seen in this epoch, and whether they have ended there; null in
 *     checkpoints from before there were weights
 * @param counts for each corpus whose end-of-corpus marker has been read what it counts; null in older checkpoints
 * @param tokens predicted tokens of the batches read in this epoch; null in older checkpoints, and where corpora had
 *     weights in this epoch
 * @param topic the topic that the offsets are of; null in older checkpoints, and where the cluster tells no id
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

    /** A record's place in the topic. */
    public record Address(int partition, long offset) {}
}
