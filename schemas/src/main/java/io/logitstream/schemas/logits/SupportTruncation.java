package io.logitstream.schemas.logits;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Selection;

/**
 * Truncation of stored supports to a smaller top-p and top-k. The result is the support that the teacher would have
 * kept with these values (paper, section 2), because supports are stored most likely first with their probabilities
 * under the full softmax.
 *
 * @param topP mass in (0, 1]; the smallest set whose mass reaches it is kept, including the token that crosses it
 * @param topK maximum number of tokens of that set, at least 1
 */
public record SupportTruncation(double topP, int topK) {

    /** Checks the ranges. */
    public SupportTruncation {
        if (!(topP > 0 && topP <= 1) || topK < 1) {
            throw new IllegalArgumentException("top-p " + topP + ", top-k " + topK);
        }
    }

    /**
     * Truncates supports in place, and adds the mass of the removed tokens to the tail.
     *
     * @param selection selection with which the teacher stored the supports
     * @throws LogitstreamException if top-p or top-k exceeds that of the selection, or if the support is a sample
     */
    public void apply(SparseLogits logits, Selection selection) {
        if (selection.getDraws() > 0) {
            throw new LogitstreamException("the support is a sample of " + selection.getDraws()
                    + " draws and cannot be truncated; remove loss.topP and loss.topK");
        }
        if (topP < 1 && topP > selection.getTopP() || topK != Integer.MAX_VALUE && topK > selection.getTopK()) {
            throw new LogitstreamException(
                    "top-p " + topP + " and top-k " + topK + " ask for more than the topic holds, top-p "
                            + selection.getTopP() + " and top-k " + selection.getTopK());
        }
        int[] offsets = logits.offsets();
        int[] ids = logits.ids();
        float[] logProbs = logits.logProbs();
        int from = 0;
        int kept = 0;
        for (int i = 0; i < logits.positions(); i++) {
            int to = offsets[i + 1];
            double mass = 0;
            int entry = from;
            for (; entry < to && entry - from < topK && (topP == 1 || mass < topP); entry++) {
                mass += Math.exp(logProbs[entry]);
                ids[kept] = ids[entry];
                logProbs[kept++] = logProbs[entry];
            }
            double left = 0;
            for (; entry < to; entry++) {
                left += Math.exp(logProbs[entry]);
            }
            logits.tailMass()[i] = (float) Math.min(1, logits.tailMass()[i] + left);
            offsets[i + 1] = kept;
            from = to;
        }
    }
}
