package io.logitstream.student.input;

import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.logits.SparseLogits;

/**
 * A batch of a record, checked and decoded.
 *
 * @param key key of the record
 * @param partition partition of the record
 * @param offset offset of the record
 * @param rows number of rows B
 * @param length tokens per row, U = T + 1
 * @param tokens ids [B, U], row by row
 * @param documentEnd id of the token after which attention and positions begin anew; null where a row is one text
 * @param logits the teacher's logits of the N = B * T predicted positions; null in a tokens topic
 */
public record TrainingBatch(
        BatchKey key,
        int partition,
        long offset,
        int rows,
        int length,
        int[] tokens,
        Integer documentEnd,
        SparseLogits logits) {

    /** A batch of joined documents. */
    public TrainingBatch(
            BatchKey key, int partition, long offset, int rows, int length, int[] tokens, SparseLogits logits) {
        this(key, partition, offset, rows, length, tokens, null, logits);
    }

    /** The documents of the rows, each of which sees itself alone. */
    public DocumentLengths documents() {
        return DocumentLengths.of(tokens, rows, documentEnd);
    }

    /** Number of predicted tokens N. */
    public int predicted() {
        return rows * (length - 1);
    }

    /** The token that follows a predicted position of the batch. */
    public int target(int position) {
        int predictedOfRow = length - 1;
        return tokens[position / predictedOfRow * length + position % predictedOfRow + 1];
    }

    /** Address of the record, for messages. */
    public String address(String topic) {
        return RecordAddress.of(topic, partition, offset, key.toString()).toString();
    }
}
