package io.logitstream.model.generation;

import io.logitstream.messages.ModelException;

/**
 * How the next token is chosen. Temperature comes first, then top-k, then top-p on what top-k has left.
 *
 * @param temperature divisor of the logits, 1 by default; 0 takes the most likely token always
 * @param topK most tokens to choose from; null, the default, for all
 * @param topP the smallest set of tokens, most likely first, whose probability reaches this; null, the default, for all
 * @param seed seed of the choice, 1 by default: the same seed gives the same tokens
 */
public record Sampling(Double temperature, Integer topK, Double topP, Long seed) {
    /** Fills in the defaults. */
    public Sampling {
        temperature = temperature == null ? 1.0 : temperature;
        seed = seed == null ? 1L : seed;
        require(
                temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
                "temperature " + temperature + " is negative or no number");
        require(topK == null || topK > 0, "top-k " + topK + " is not positive");
        require(topP == null || topP > 0 && topP <= 1, "top-p " + topP + " is not in (0, 1]");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new ModelException(message);
        }
    }
}
