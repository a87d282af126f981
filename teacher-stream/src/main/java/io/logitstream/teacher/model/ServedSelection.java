package io.logitstream.teacher.model;

import io.logitstream.messages.UsageException;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.PromptScores;

/**
 * Selection from the most likely tokens that a server gives. The result is that of the same selection from the whole
 * vocabulary, because no method takes more than the {@code topK} most likely tokens.
 */
final class ServedSelection {
    /** Loss of a token to which the server gives no probability: that of vLLM's log-probability for it. */
    private static final double IMPOSSIBLE = 9999;

    private ServedSelection() {}

    /**
     * Requires a selection that a server's answers are enough for.
     *
     * @return log-probabilities to ask for at each position
     * @throws UsageException for any other selection
     */
    static int requireTopLogprobs(SelectionConfig selection, ServerConfig server) {
        if (selection.topK() == null) {
            throw new UsageException("selection.method " + selection.method() + " needs the teacher's whole vocabulary,"
                    + " but a server (teach.server) gives only the most likely tokens; use top-p-top-k or top-k");
        }
        int asked = server.topLogprobs() == null ? selection.topK() : server.topLogprobs();
        if (asked < selection.topK()) {
            throw new UsageException(
                    "teach.server.topLogprobs " + asked + " is less than selection.topK " + selection.topK()
                            + ", so the supports would be cut; lower selection.topK, or leave topLogprobs out");
        }
        return asked;
    }

    /** Selects the logits of all positions. */
    static SparseLogits select(PromptScores scores, SelectionConfig selection) {
        int positions = scores.positions();
        int[] counts = new int[positions];
        int total = 0;
        for (int i = 0; i < positions; i++) {
            counts[i] = count(scores, scores.offsets()[i], scores.offsets()[i + 1], selection);
            total += counts[i];
        }
        SparseLogits logits = new SparseLogits();
        logits.resizeWithoutStatistics(positions, total);
        int to = 0;
        for (int i = 0; i < positions; i++) {
            int from = scores.offsets()[i];
            System.arraycopy(scores.ids(), from, logits.ids(), to, counts[i]);
            System.arraycopy(scores.logProbs(), from, logits.logProbs(), to, counts[i]);
            double kept = 0;
            for (int e = from; e < from + counts[i]; e++) {
                kept += Math.exp(scores.logProbs()[e]);
            }
            logits.tailMass()[i] = (float) Math.min(1, Math.max(0, 1 - kept));
            to += counts[i];
            logits.offsets()[i + 1] = to;
        }
        return logits;
    }

    private static int count(PromptScores scores, int from, int to, SelectionConfig selection) {
        int most = Math.min(to - from, selection.topK());
        if (selection.topP() == null || selection.topP() == 1) {
            return most;
        }
        double mass = 0;
        int count = 0;
        while (count < most && (count == 0 || mass < selection.topP())) {
            mass += Math.exp(scores.logProbs()[from + count]);
            count++;
        }
        return count;
    }

    /** Negative log-likelihood of the text's own tokens, summed over all positions, in nats. */
    static double textLoss(PromptScores scores) {
        double loss = 0;
        for (int i = 0; i < scores.positions(); i++) {
            loss -= Math.max(-IMPOSSIBLE, scores.textLogProbs()[i]);
        }
        return loss;
    }
}
