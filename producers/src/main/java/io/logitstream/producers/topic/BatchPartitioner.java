package io.logitstream.producers.topic;

/**
 * Chooses the partition of a batch: batch n of a corpus goes to partition n modulo the number of partitions. Readers
 * that take one record of each partition in turn therefore see the batches in the order of the corpus.
 */
public final class BatchPartitioner {
    private BatchPartitioner() {}

    /**
     * Partition of a batch.
     *
     * @param number running number of the batch in its corpus, from 0
     * @param partitions number of partitions of the tokens topic
     */
    public static int partition(long number, int partitions) {
        return (int) (number % partitions);
    }

    /**
     * Running number of the last batch of a partition, -1 if the partition has none.
     *
     * @param partition number of the partition
     * @param lastNumber running number of the last batch in the topic, -1 if there is none
     * @param partitions number of partitions of the tokens topic
     */
    static long lastNumber(int partition, long lastNumber, int partitions) {
        return Math.max(-1, lastNumber - Math.floorMod(lastNumber - partition, (long) partitions));
    }
}
