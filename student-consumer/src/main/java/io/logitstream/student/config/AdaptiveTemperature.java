package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How the teacher's temperature depends on the position, computed from the statistics of the full-vocabulary logits in
 * each record. t is {@code loss.temperature}.
 */
public enum AdaptiveTemperature {
    /** t at every position. */
    @JsonProperty("none")
    NONE,

    /** {@code t * s}, s the standard deviation of the logits (Chi et al. 2023, NormKD, on the teacher's side). */
    @JsonProperty("normkd")
    NORMKD,

    /**
     * {@code t * (1 + s / (1 + s))}: between t and 2t, higher where the logits have a larger spread. The paper states
     * that AdaKD's temperature rises with the teacher's sharpness, measured by the standard deviation; the exact form
     * could not be confirmed, and this one is our own.
     */
    @JsonProperty("adakd-sd")
    ADAKD_SD,

    /**
     * {@code t * (2 - H / log V)}, H the entropy of the softmax and V the vocabulary size: between t and 2t, higher
     * where the teacher is more certain. The exact form is our own, as above.
     */
    @JsonProperty("adakd-entropy")
    ADAKD_ENTROPY,

    /**
     * t at every position, and the KD of each position weighted with {@code sum p^(1/t)} (Zheng and Yang 2024, WTTM).
     * Truncation loses the sum over the vocabulary: it runs over the support, and a tail bucket counts as one token.
     */
    @JsonProperty("wttm")
    WTTM;

    /** Whether the temperature is computed from statistics over the vocabulary, which a served teacher does not give. */
    public boolean needsStatistics() {
        return this == NORMKD || this == ADAKD_SD || this == ADAKD_ENTROPY;
    }
}
