package io.logitstream.pipeline.inspection;

import java.util.List;
import java.util.Map;

/**
 * What is in a topic.
 *
 * @param topic name
 * @param holds {@code tokens} or {@code logits}
 * @param partitions number of partitions
 * @param ended whether every partition ends with an end-of-corpus marker
 * @param complete whether, besides, all batches are there that the markers count; of a range this is not known, and it is
 *     as {@code ended}
 * @param batches batches by corpus
 * @param expectedBatches batches that the end-of-corpus markers count, by corpus; more than there are when some lie in the
 *     dead-letter topic
 * @param tokens predicted tokens
 * @param recordBytesPerToken bytes of keys and values, before Kafka's compression, by predicted token
 * @param diskBytesPerToken bytes of one copy of the topic on the brokers' disks by predicted token; null where the
 *     cluster does not tell
 * @param tokenizers tokenizer hashes
 * @param teachers teachers as {@code id (weights hash)}, with the training step where there is one
 * @param selections how logits were selected
 * @param codecs layouts of the payloads
 * @param kept kept entries of a position; null in a tokens topic
 * @param meanMassKept mean probability inside the support; null in a tokens topic
 * @param meanEntropy mean entropy of the teacher, in nats; null in a tokens topic
 * @param bytesPerToken what bytes are spent on; null in a tokens topic
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
        Double meanEntropy,
        BytesPerToken bytesPerToken) {
    /**
     * What the bytes of a logits topic's records are spent on, by predicted token, before Kafka's compression.
     *
     * @param tokenIds the batch's own tokens
     * @param supportIds the kept ids
     * @param values their log-probabilities or counts
     * @param statistics the payload's rest: statistics, numbers of kept entries, headers
     * @param rest the record's rest: key, names, hashes
     */
    public record BytesPerToken(double tokenIds, double supportIds, double values, double statistics, double rest) {}

    /** Mean, median and 99th percentile. */
    public record Kept(double mean, int median, int p99) {}
}
