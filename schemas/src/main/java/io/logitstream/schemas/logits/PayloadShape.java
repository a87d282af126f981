package io.logitstream.schemas.logits;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;

/**
 * What the record around a payload says of it.
 *
 * @param tokens the batch's token ids, rows * length of them: a codec may use them to predict the supports
 * @param rows rows of the batch
 * @param length tokens per row
 * @param vocabularySize ids are below it
 * @param draws draws per position when the support was sampled, and the payload holds counts; 0 when it holds
 *     log-probabilities
 */
public record PayloadShape(int[] tokens, int rows, int length, int vocabularySize, int draws) {

    /** Checks that the tokens are as many as there must be. */
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

    /** Predicted positions N: rows * (length - 1). */
    public int positions() {
        return length == 0 ? 0 : rows * (length - 1);
    }

    /** The token that stands before the predicted one: the last the teacher has seen at a position. */
    public int input(int position) {
        return tokens[position / (length - 1) * length + position % (length - 1)];
    }
}
