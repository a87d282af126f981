package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.schemas.logits.SparseLogits;

/**
 * How the teacher's temperature depends on the position, from the statistics of its full-vocabulary logits that each
 * record carries. t is {@code loss.temperature}.
 */
public enum AdaptiveTemperature {
    /** t at every position. */
    @JsonProperty("none")
    NONE,

    /** {@code t * s}, s the standard deviation of the logits (Chi et al. 2023, NormKD, on the teacher's side). */
    @JsonProperty("normkd")
    NORMKD,

    /**
     * {@code t * (1 + s / (1 + s))}: between t and 2t, higher where the logits are spread wider. That AdaKD's temperature
     * rises with the teacher's sharpness, measured by the standard deviation, is from the paper; its exact form could not
     * be confirmed, and this one is ours.
     */
    @JsonProperty("adakd-sd")
    ADAKD_SD,

    /**
     * {@code t * (2 - H / log V)}, H the entropy of the softmax: between t and 2t, higher where the teacher is surer. The
     * exact form is ours, as above.
     */
    @JsonProperty("adakd-entropy")
    ADAKD_ENTROPY,

    /**
     * t at every position, and the position's KD weighted with {@code sum p^(1/t)} (Zheng and Yang 2024, WTTM). Its sum
     * over the vocabulary is lost by truncation: it runs over the support, and a tail bucket counts as one token.
     */
    @JsonProperty("wttm")
    WTTM;

    // Where all logits are alike the softmax is uniform at any temperature; division by zero is all that is to be
    // avoided.
    private static final double LEAST = 1e-3;

    /**
     * Temperature of a position.
     *
     * @param factor {@code loss.temperature}
     * @param logits statistics
     * @param position the position
     * @param vocabularySize V
     */
    public double at(double factor, SparseLogits logits, int position, int vocabularySize) {
        double deviation = logits.standardDeviation()[position];
        double temperature = switch (this) {
            case NONE, WTTM -> factor;
            case NORMKD -> factor * deviation;
            case ADAKD_SD -> factor * (1 + deviation / (1 + deviation));
            case ADAKD_ENTROPY -> factor * (2 - Math.min(1, logits.entropy()[position] / Math.log(vocabularySize)));
        };
        return this == NONE || this == WTTM ? temperature : Math.max(LEAST, temperature);
    }
}
