package io.logitstream.teacher.resume;

import io.logitstream.schemas.kafka.SourcePosition;

/**
 * One partition of the tokens topic and of the logits topic, as both are before the stream starts.
 *
 * @param partition its number in both topics
 * @param tokensBegin first offset of the tokens partition
 * @param tokensEnd offset behind its last committed record
 * @param committed the consumer group's offset, null where it has none
 * @param logitsBegin first offset of the logits partition
 * @param last the last record of the logits partition, null where it has none
 */
record PartitionState(int partition, long tokensBegin, long tokensEnd, Long committed, long logitsBegin, Last last) {
    /**
     * A record by which the place in the corpus is known.
     *
     * @param key its key, {@code corpus/shard/batch} or {@code corpus/end}
     * @param source where it was made from; null in records of older versions
     * @param number running number of the batch in its corpus; null in end markers and where it is not known
     */
    record Last(String key, SourcePosition source, Long number) {}

    /**
     * The first record of the tokens partition.
     *
     * @param offset where it is
     * @param key its key
     * @param number as of {@link Last}
     */
    record First(long offset, String key, Long number) {}
}
