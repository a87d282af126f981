package io.logitstream.teacher.model;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The prompts of a batch: what a model reads from its first token on. */
final class ServedPrompts {
    private ServedPrompts() {}

    /**
     * Divides a batch into prompts whose positions, one prompt after the other, are those of the batch. A row is one
     * prompt. Where documents are isolated, each document of a row is a prompt of its own, with the token after it.
     */
    static int[][] of(TokenBatch batch) {
        int[] tokens = TokenBatches.tokens(batch);
        int length = batch.getLength();
        List<int[]> prompts = new ArrayList<>();
        for (int row = 0; row < tokens.length; row += length) {
            int last = row + length - 1;
            int from = row;
            for (int i = row; i < last; i++) {
                boolean ends = batch.getDocumentEnd() != null && tokens[i] == batch.getDocumentEnd();
                if (ends || i == last - 1) {
                    // Position i predicts token i + 1.
                    prompts.add(Arrays.copyOfRange(tokens, from, i + 2));
                    from = i + 1;
                }
            }
        }
        return prompts.toArray(int[][]::new);
    }
}
