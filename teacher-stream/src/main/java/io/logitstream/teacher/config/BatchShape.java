package io.logitstream.teacher.config;

import io.logitstream.schemas.Documents;

/**
 * The batches to expect: the largest one, for limits and time-outs that are set before the first record arrives, and how
 * documents are read.
 *
 * @param rows rows of a batch
 * @param contextLength predicted positions of a row
 * @param documents how the documents of the topic have to be read; null if the records decide
 */
public record BatchShape(int rows, int contextLength, Documents documents) {
    /** Batches whose records decide how documents are read. */
    public BatchShape(int rows, int contextLength) {
        this(rows, contextLength, null);
    }
}
