package io.logitstream.student.loss;

/**
 * Weights of the two terms of the student's objective. This is the one place where alpha is applied:
 *
 * <pre>L = (1 - alpha) * L_lm + alpha * L_kd</pre>
 *
 * (Peng et al. 2024, Pre-training Distillation for Large Language Models, arXiv 2410.16215, the objective of section
 * 2). With {@code loss.routing} it holds at the positions that {@link TokenRouting} selects, and alpha is 0 elsewhere:
 * there the text has both weights. Loss values use {@link #total}, the gradients of {@code losses.py} use the two
 * weights.
 *
 * @param lm weight of the language-modeling loss on the text, 1 - alpha
 * @param kd weight of the distillation loss, alpha
 */
public record LossWeights(double lm, double kd) {
    /**
     * Weights for an alpha.
     *
     * @param alpha weight of the distillation loss, in [0, 1]
     */
    public static LossWeights of(double alpha) {
        return new LossWeights(1 - alpha, alpha);
    }

    /** Whether the student is trained on the text alone. */
    public boolean isTextOnly() {
        return kd == 0;
    }

    /**
     * The weighted loss.
     *
     * @param lmLoss language-modeling loss of all positions
     * @param kdLoss distillation loss of the positions where it applies; ignored with alpha 0, as it may then be
     *     infinite
     * @param lmLossElsewhere language-modeling loss of the other positions
     */
    public double total(double lmLoss, double kdLoss, double lmLossElsewhere) {
        return lm * lmLoss + (kd > 0 ? kd * (lmLossElsewhere + kdLoss) : 0);
    }
}
