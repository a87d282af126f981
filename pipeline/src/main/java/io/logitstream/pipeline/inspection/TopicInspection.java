package io.logitstream.pipeline.inspection;

import java.util.List;
import java.util.Map;

/**
 * Content of a tokens or logits topic.
 *
 * @param topic name
 * @param holds {@code tokens} or {@code logits}
 * @param partitions number of partitions
 * @param ended whether every partition ends with an end-of-corpus marker
 * @param complete whether the topic has ended and all batches that the markers count are present; for a range of a
 *     topic, the same as {@code ended}
 * @param batches number of batches by corpus
 * @param expectedBatches number of batches that the end-of-corpus markers count, by corpus; larger than {@code batches}
 *     if some are in the dead-letter topic
 * @param tokens predicted tokens
 * @param recordBytesPerToken bytes of keys and values per predicted token, before Kafka's compression
 * @param diskBytesPerToken bytes of one replica on the brokers' disks per predicted token; null if the cluster does not
 *     report it
 * @param tokenizers tokenizer hashes
 * @param teachers teachers as {@code id (weights hash)}, with the training step if there is one
 * @param selections selections of the logits
 * @param codecs payload codecs
 * @param kept kept entries per position; null for a tokens topic
 * @param meanMassKept mean probability mass inside the support; null for a tokens topic
 * @param tokensWithStatistics predicted tokens of the records that hold statistics over the vocabulary, which a served
 *     teacher does not give; null for a tokens topic
 * @param meanEntropy mean entropy of the teacher in nats over these tokens; null if there are none
 * @param bytesPerToken breakdown of the record bytes; null for a tokens topic
 */
public record TopicInspection(
        String topic,
        String holds,
        int partitions,
        boolean ended,
        boolean complete,
        Map<String, Long> batches,
        Map<String, Long> expectedBatches,
        long tokens,
        double recordBytesPerToken,
        Double diskBytesPerToken,
        List<String> tokenizers,
        List<String> teachers,
        List<String> selections,
        List<String> codecs,
        Kept kept,
        Double meanMassKept,
        Long tokensWithStatistics,
        Double meanEntropy,
        BytesPerToken bytesPerToken) {
    /**
     * Breakdown of a logits topic's record bytes per predicted token, before Kafka's compression.
     *
     * @param tokenIds the batch's own tokens
     * @param supportIds ids of the kept entries
     * @param values their log-probabilities or counts
     * @param statistics the rest of the payload: statistics, numbers of kept entries, headers
     * @param rest the rest of the record: key, names, hashes
     */
    public record BytesPerToken(double tokenIds, double supportIds, double values, double statistics, double rest) {}

    /** Mean, median and 99th percentile. */
    public record Kept(double mean, int median, int p99) {}
}
