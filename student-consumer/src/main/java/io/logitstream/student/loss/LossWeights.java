package io.logitstream.student.loss;

/**
 * Weights of the two terms of the student's objective. This is the one place where alpha is applied:
 *
 * <pre>L = (1 - alpha) * L_lm + alpha * L_kd</pre>
 *
 * (Peng et al. 2024, Pre-training Distillation for Large Language Models, arXiv 2410.16215, the objective of section
 * 2). Loss values use {@link #total}, the gradients of {@code losses.py} use the two weights.
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
     * @param lmLoss language-modeling loss
     * @param kdLoss distillation loss; ignored with alpha 0, as it may then be infinite
     */
    public double total(double lmLoss, double kdLoss) {
        return lm * lmLoss + (kd > 0 ? kd * kdLoss : 0);
    }
}
