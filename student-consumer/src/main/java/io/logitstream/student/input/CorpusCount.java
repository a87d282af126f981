package io.logitstream.student.input;

/**
 * Size of a corpus over all partitions, from its end-of-corpus marker.
 *
 * @param batches number of batches
 * @param tokens number of predicted tokens
 */
public record CorpusCount(long batches, long tokens) {
    @Override
    public String toString() {
        return batches + " batches of " + tokens + " predicted tokens";
    }
}
