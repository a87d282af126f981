package io.logitstream.student.input;

import io.logitstream.schemas.BatchKey;

/** A decoded record of a topic. */
sealed interface DecodedRecord {
    /**
     * A batch to train on.
     *
     * @param batch the batch
     */
    record Batch(TrainingBatch batch) implements DecodedRecord {}

    /**
     * The end of a corpus in a partition.
     *
     * @param key key of the marker
     */
    record EndOfCorpus(BatchKey key) implements DecodedRecord {}

    /**
     * A batch that is left out: its teacher, or the training step of the teacher, is not among the configured ones.
     *
     * @param key key of the batch
     */
    record Skipped(BatchKey key) implements DecodedRecord {}
}
