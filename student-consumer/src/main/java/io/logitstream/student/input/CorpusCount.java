package io.logitstream.student.input;

/**
 * What an end-of-corpus marker counts, over all partitions.
 *
 * @param batches batches of the corpus
 * @param tokens predicted tokens of them
 */
public record CorpusCount(long batches, long tokens) {
    @Override
    public String toString() {
        return batches + " batches of " + tokens + " predicted tokens";
    }
}
