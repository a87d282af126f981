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
public final class ServedSelection {
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

    /**
     * Selects the logits of all positions, in place.
     *
     * @param scores receive the selection: the entries that are not kept are taken out
     * @return the most likely tokens of the scores
     */
    public static SparseLogits select(PromptScores scores, SelectionConfig selection) {
        SparseLogits top = scores.top();
        int[] offsets = top.offsets();
        int[] ids = top.ids();
        float[] logProbs = top.logProbs();
        double wanted = selection.topP() == null || selection.topP() == 1 ? Double.POSITIVE_INFINITY : selection.topP();
        int from = 0;
        int to = 0;
        for (int i = 0; i < top.positions(); i++) {
            int next = offsets[i + 1];
            int end = from + Math.min(next - from, selection.topK());
            double mass = 0;
            // At least one entry, up to the one that reaches the mass.
            for (int entry = from; entry < end && (entry == from || mass < wanted); entry++) {
                mass += Math.exp(logProbs[entry]);
                ids[to] = ids[entry];
                logProbs[to++] = logProbs[entry];
            }
            top.tailMass()[i] = (float) Math.min(1, Math.max(0, 1 - mass));
            offsets[i + 1] = to;
            from = next;
        }
        return top;
    }

    /** Negative log-likelihood of the text's own tokens, summed over all positions, in nats. */
    public static double textLoss(PromptScores scores) {
        double loss = 0;
        for (int i = 0; i < scores.positions(); i++) {
            loss -= Math.max(-IMPOSSIBLE, scores.textLogProbs()[i]);
        }
        return loss;
    }
}
