package io.logitstream.student.evaluation;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Metrics of a model on held-out text; means over its predicted tokens.
 *
 * @param loss negative log-likelihood, in nats
 * @param perplexity exp(loss)
 * @param bitsPerByte negative log-likelihood of all predicted tokens in bits, divided by {@code bytes}: comparable
 *     between tokenizers
 * @param klToTeacher KL divergence from the teacher's distribution to the model's over the full vocabulary, in nats;
 *     with {@code keptOnly} over the tokens that a served teacher keeps and, as one more outcome, all others, which is
 *     never more than that over the full vocabulary
 * @param top1Agreement share of the positions at which model and teacher find the same token most likely
 * @param calibrationError expected calibration error of the most likely token against the text, over 15 bins of equal
 *     width of its probability, in [0, 1] (Guo et al. 2017, equation 3)
 * @param tokens predicted tokens
 * @param bytes length of the predicted tokens in UTF-8 bytes; end-of-text tokens have none
 * @param keptOnly true if the divergence is that over what a served teacher keeps; null if not
 */
public record Evaluation(
        double loss,
        double perplexity,
        double bitsPerByte,
        double klToTeacher,
        double top1Agreement,
        double calibrationError,
        long tokens,
        long bytes,
        @JsonInclude(JsonInclude.Include.NON_NULL) Boolean keptOnly) {
    /** Stores no false, so that results have the keys of earlier versions, which are read as well. */
    public Evaluation {
        keptOnly = Boolean.TRUE.equals(keptOnly) ? Boolean.TRUE : null;
    }

    /** Metrics with a divergence over the full vocabulary. */
    public Evaluation(
            double loss,
            double perplexity,
            double bitsPerByte,
            double klToTeacher,
            double top1Agreement,
            double calibrationError,
            long tokens,
            long bytes) {
        this(loss, perplexity, bitsPerByte, klToTeacher, top1Agreement, calibrationError, tokens, bytes, false);
    }

    /** Whether the divergence is that over what a served teacher keeps. */
    @JsonIgnore
    public boolean isKeptOnly() {
        return keptOnly != null;
    }
}
