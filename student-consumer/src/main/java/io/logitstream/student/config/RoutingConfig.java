package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.schemas.logits.SparseLogits;

/**
 * Positions at which the distillation loss applies ("token routing"): those whose value is above the lower bound and
 * not above the upper bound. Elsewhere the student is trained on the text alone, as with alpha 0. A bound is a value, or
 * the quantile of the values of the batch (one record): with N positions, the value at rank {@code ceil(q N)} in
 * ascending order.
 *
 * @param by value of a position, {@code entropy} by default
 * @param above lower bound; no lower bound by default
 * @param below upper bound; no upper bound by default
 * @param aboveQuantile lower bound as a quantile in [0, 1), in place of {@code above}
 * @param belowQuantile upper bound as a quantile in (0, 1], in place of {@code below}
 */
@SuppressWarnings("InvalidParam") // The names of values are like those of parameters.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoutingConfig(By by, Double above, Double below, Double aboveQuantile, Double belowQuantile) {
    /** A value of a position that its record has. */
    public enum By {
        /** Entropy of the teacher's softmax over the vocabulary, in nats. */
        @JsonProperty("entropy")
        ENTROPY,
        /** The teacher's mass outside of the support, after {@code loss.topP} and {@code loss.topK}. */
        @JsonProperty("tail-mass")
        TAIL_MASS,
        /** The teacher's largest probability. */
        @JsonProperty("top-probability")
        TOP_PROBABILITY,
        /** The teacher's log-probability of the text's next token; minus infinity where it is not in the support. */
        @JsonProperty("text-log-probability")
        TEXT_LOG_PROBABILITY,
        /** Number of kept tokens. */
        @JsonProperty("support-size")
        SUPPORT_SIZE,
        /** Position in the row, from 0. */
        @JsonProperty("position")
        POSITION
    }

    /** Fills in the default and checks the bounds. */
    public RoutingConfig {
        by = by == null ? By.ENTROPY : by;
        Checks.require(
                above == null || aboveQuantile == null,
                "loss.routing.above and loss.routing.aboveQuantile are both set; keep one of them");
        Checks.require(
                below == null || belowQuantile == null,
                "loss.routing.below and loss.routing.belowQuantile are both set; keep one of them");
        Checks.require(
                above != null || aboveQuantile != null || below != null || belowQuantile != null,
                "loss.routing has no bound; set loss.routing.above, below, aboveQuantile or belowQuantile");
        requireNumber("above", above);
        requireNumber("below", below);
        Checks.require(
                aboveQuantile == null || aboveQuantile >= 0 && aboveQuantile < 1,
                "loss.routing.aboveQuantile " + aboveQuantile + " is not in [0, 1)");
        Checks.require(
                belowQuantile == null || belowQuantile > 0 && belowQuantile <= 1,
                "loss.routing.belowQuantile " + belowQuantile + " is not in (0, 1]");
        requireOrder("loss.routing.above", above, "loss.routing.below", below);
        requireOrder("loss.routing.aboveQuantile", aboveQuantile, "loss.routing.belowQuantile", belowQuantile);
    }

    /** The reason in one line why a record has no value to select its positions by; null where it has one. */
    String mismatch(SparseLogits logits) {
        if (by == By.ENTROPY && !logits.hasStatistics()) {
            return "its logits have no statistics over the vocabulary (served teacher): loss.routing.by cannot be"
                    + " entropy; use top-probability or tail-mass";
        }
        return logits.draws() > 0 && by == By.TAIL_MASS
                ? "its support is a sample, which has no tail: loss.routing.by cannot be tail-mass; use entropy"
                : null;
    }

    private static void requireNumber(String key, Double bound) {
        Checks.require(
                bound == null || Double.isFinite(bound),
                "loss.routing." + key + " " + bound + " is not a finite number");
    }

    private static void requireOrder(String lowerKey, Double lower, String upperKey, Double upper) {
        Checks.require(
                lower == null || upper == null || lower < upper,
                lowerKey + " " + lower + " is not below " + upperKey + " " + upper + ": no position is between them");
    }
}
