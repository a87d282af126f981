package io.logitstream.student;

/**
 * The loss {@code (1 - alpha) * LM + alpha * KD}.
 *
 * @param alpha weight of the distillation loss in [0, 1], 0.9 by default; 0 trains on the text alone, from a logits
 *     or a tokens topic
 * @param temperature of the teacher, 1 by default: the kept log-probabilities are divided by it and normalised over
 *     the support, as the paper's F(z) = softmax(Truncate(z) / temperature)
 */
public record LossConfig(Double alpha, Double temperature) {
  /** Fills in the defaults. */
  public LossConfig {
    alpha = alpha == null ? 0.9 : alpha;
    temperature = temperature == null ? 1.0 : temperature;
    Checks.require(alpha >= 0 && alpha <= 1, "loss.alpha " + alpha + " is not in [0, 1]");
    Checks.require(temperature > 0 && temperature <= 1000, "loss.temperature " + temperature + " is not in (0, 1000]");
  }
}
