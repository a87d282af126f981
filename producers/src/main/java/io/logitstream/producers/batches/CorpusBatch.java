package io.logitstream.producers.batches;

import io.logitstream.schemas.kafka.BatchPosition;

/**
 * A batch of tokens with its position in the corpus.
 *
 * @param corpus name of the corpus
 * @param number running number over the corpus, from 0
 * @param shard number of the shard, from 0
 * @param batch number of the batch within the shard, from 0
 * @param rows number of rows, at least 1
 * @param length tokens of a row, at least 2
 * @param tokens ids, row by row
 * @param tokensSoFar predicted tokens of the corpus up to and including this batch
 * @param tokensBeforeShard predicted tokens of the corpus before this batch's shard
 */
public record CorpusBatch(
        String corpus,
        long number,
        int shard,
        int batch,
        int rows,
        int length,
        int[] tokens,
        long tokensSoFar,
        long tokensBeforeShard) {
    /** Position in the corpus, as stored in the header of the record. */
    public BatchPosition position() {
        return new BatchPosition(number, tokensSoFar, tokensBeforeShard);
    }
}
