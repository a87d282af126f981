package io.logitstream.student;

import io.logitstream.model.AdamW;

/**
 * How a student is trained.
 *
 * @param tokens predicted tokens to train on; by default all of the corpus times {@code epochs}, which must then be
 *     complete in the topic when training starts
 * @param epochs passes over the topic, 1 by default
 * @param batchesPerStep Kafka records per optimizer step, 1 by default
 * @param learningRate peak learning rate, 3e-3 by default
 * @param schedule {@code wsd} (warmup-stable-decay, the default), {@code cosine} or {@code constant}
 * @param warmup part of the tokens with linear warmup, 0.1 by default
 * @param decay wsd: last part of the tokens, with cosine decay, 0.2 by default
 * @param weightDecay decay of matrices, 0.1 by default
 * @param beta1 AdamW's decay of the mean, 0.9 by default
 * @param beta2 AdamW's decay of the variance, 0.95 by default
 * @param maxGradientNorm global norm to clip to, 1 by default
 * @param seed seed of the initial weights, 1 by default
 * @param checkpointSteps steps between checkpoints, 100 by default
 * @param keepCheckpoints checkpoints kept, the last ones; 2 by default
 */
public record TrainingConfig(Long tokens, Integer epochs, Integer batchesPerStep, Double learningRate,
    String schedule, Double warmup, Double decay, Double weightDecay, Double beta1, Double beta2,
    Double maxGradientNorm, Long seed, Integer checkpointSteps, Integer keepCheckpoints) {

  /** Fills in the defaults. */
  public TrainingConfig {
    epochs = epochs == null ? 1 : epochs;
    batchesPerStep = batchesPerStep == null ? 1 : batchesPerStep;
    learningRate = learningRate == null ? 3e-3 : learningRate;
    schedule = schedule == null ? "wsd" : schedule;
    warmup = warmup == null ? 0.1 : warmup;
    decay = decay == null ? 0.2 : decay;
    weightDecay = weightDecay == null ? 0.1 : weightDecay;
    beta1 = beta1 == null ? 0.9 : beta1;
    beta2 = beta2 == null ? 0.95 : beta2;
    maxGradientNorm = maxGradientNorm == null ? 1 : maxGradientNorm;
    seed = seed == null ? 1 : seed;
    checkpointSteps = checkpointSteps == null ? 100 : checkpointSteps;
    keepCheckpoints = keepCheckpoints == null ? 2 : keepCheckpoints;
    Checks.require(tokens == null || tokens > 0, "training.tokens " + tokens + " is not positive");
    Checks.require(epochs > 0, "training.epochs " + epochs + " is not positive");
    Checks.require(batchesPerStep > 0, "training.batchesPerStep " + batchesPerStep + " is not positive");
    Checks.require(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY,
        "training.learningRate " + learningRate + " is not a positive number");
    Checks.require(warmup >= 0 && decay >= 0 && warmup + decay <= 1,
        "training.warmup " + warmup + " and training.decay " + decay + " are not parts of one run");
    Checks.require(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
        "training.weightDecay " + weightDecay + " is negative or no number");
    Checks.require(beta1 >= 0 && beta1 < 1, "training.beta1 " + beta1 + " is not in [0, 1)");
    Checks.require(beta2 >= 0 && beta2 < 1, "training.beta2 " + beta2 + " is not in [0, 1)");
    Checks.require(maxGradientNorm > 0, "training.maxGradientNorm " + maxGradientNorm + " is not positive");
    Checks.require(checkpointSteps > 0 && keepCheckpoints > 0,
        "training.checkpointSteps and training.keepCheckpoints must be positive");
    Schedule.named(schedule, warmup, decay);
  }

  /** The same with another budget of tokens. */
  public TrainingConfig withTokens(long budget) {
    return new TrainingConfig(budget, epochs, batchesPerStep, learningRate, schedule, warmup, decay, weightDecay,
        beta1, beta2, maxGradientNorm, seed, checkpointSteps, keepCheckpoints);
  }

  /** The same with another seed. */
  public TrainingConfig withSeed(long other) {
    return new TrainingConfig(tokens, epochs, batchesPerStep, learningRate, schedule, warmup, decay, weightDecay,
        beta1, beta2, maxGradientNorm, other, checkpointSteps, keepCheckpoints);
  }

  AdamW.Settings optimizer() {
    return new AdamW.Settings(beta1, beta2, 1e-8, weightDecay, maxGradientNorm);
  }

  Schedule learningRateSchedule() {
    return Schedule.named(schedule, warmup, decay);
  }
}
