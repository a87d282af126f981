package io.logitstream.model.generation;

import io.logitstream.messages.ModelException;

/**
 * Settings of the choice of the next token. Temperature applies first, then top-k, then top-p (nucleus sampling,
 * Holtzman et al. 2020, section 3.1) to the tokens that top-k keeps.
 *
 * @param temperature divisor of the logits, 1 by default; 0 always takes the most likely token
 * @param topK number of most likely tokens to choose from; null, the default, for all
 * @param topP probability that the smallest set of most likely tokens has to reach; null, the default, for all
 * @param seed seed of the random sequence, 1 by default
 */
public record Sampling(Double temperature, Integer topK, Double topP, Long seed) {
    /**
     * Fills in the defaults.
     *
     * @throws ModelException if a value is out of range
     */
    public Sampling {
        temperature = temperature == null ? 1.0 : temperature;
        seed = seed == null ? 1L : seed;
        require(
                temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
                "temperature " + temperature + " is negative or not finite");
        require(topK == null || topK > 0, "top-k " + topK + " is not positive");
        require(topP == null || topP > 0 && topP <= 1, "top-p " + topP + " is not in (0, 1]");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new ModelException(message);
        }
    }
}
