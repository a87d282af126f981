package io.logitstream.student.input;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.logits.SparseLogits;

/**
 * One record, checked and decoded.
 *
 * @param key its key
 * @param partition its partition
 * @param offset its offset
 * @param rows rows B
 * @param length tokens per row, T + 1
 * @param tokens rows * length ids
 * @param logits the teacher's logits of the rows * (length - 1) predicted positions; null in a tokens topic
 */
public record TrainingBatch(
        BatchKey key, int partition, long offset, int rows, int length, int[] tokens, SparseLogits logits) {

    /** Predicted tokens. */
    public int predicted() {
        return rows * (length - 1);
    }

    /** Where the record lies, for messages. */
    public String address(String topic) {
        return RecordAddress.of(topic, partition, offset, key.toString()).toString();
    }
}
