package io.logitstream.schemas.logits;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;

/**
 * Shape of a payload, from the record around it.
 *
 * @param tokens token ids of the batch, rows * length entries, from which a codec may predict the supports
 * @param rows rows of the batch
 * @param length tokens per row
 * @param vocabularySize exclusive upper bound of the ids
 * @param draws draws per position of a sampled support, whose payload holds counts; 0 for a payload with
 *     log-probabilities
 */
public record PayloadShape(int[] tokens, int rows, int length, int vocabularySize, int draws) {

    /** Checks the number of tokens. */
    public PayloadShape {
        if (rows < 0 || length < 0 || tokens.length != (long) rows * length) {
            throw new IllegalArgumentException(tokens.length + " tokens are not " + rows + " rows of " + length);
        }
    }

    /** Shape of a batch's payload. */
    public static PayloadShape of(TokenBatch batch, int draws) {
        return new PayloadShape(
                TokenBatches.tokens(batch), batch.getRows(), batch.getLength(), batch.getVocabularySize(), draws);
    }

    /** Number of predicted positions N: rows * (length - 1). */
    public int positions() {
        return length == 0 ? 0 : rows * (length - 1);
    }

    /** Input token of a position: the token before the predicted one. */
    public int input(int position) {
        return tokens[position / (length - 1) * length + position % (length - 1)];
    }
}
