package io.logitstream.teacher.resume;

import io.logitstream.schemas.kafka.SourcePosition;

/**
 * State of one partition of the tokens and the logits topic before the stream starts.
 *
 * @param partition number of the partition in both topics
 * @param tokensBegin first offset of the tokens partition
 * @param tokensEnd end offset of the tokens partition (committed records)
 * @param committed committed offset of the consumer group; null if it has none
 * @param logitsBegin first offset of the logits partition
 * @param last last record of the logits partition; null if it is empty
 */
record PartitionState(int partition, long tokensBegin, long tokensEnd, Long committed, long logitsBegin, Last last) {
    /**
     * Last record of the logits partition.
     *
     * @param key its key, {@code corpus/shard/batch} or {@code corpus/end}
     * @param source position of its tokens record; null in records of older versions
     * @param number running number of the batch in its corpus; null for end markers, or if it is unknown
     */
    record Last(String key, SourcePosition source, Long number) {}

    /**
     * First record of the tokens partition.
     *
     * @param offset its offset
     * @param key its key
     * @param number running number of the batch in its corpus; null for end markers, or if it is unknown
     */
    record First(long offset, String key, Long number) {}
}
