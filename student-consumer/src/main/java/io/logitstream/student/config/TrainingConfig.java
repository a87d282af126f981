package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.optimizer.AdamW;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Settings of a student's training.
 *
 * @param tokens predicted tokens to train on; by default those of the corpus times {@code epochs}, for which the corpus
 *     must be complete in the topic when the training starts
 * @param epochs passes over the topic, 1 by default
 * @param batchesPerStep Kafka records per optimizer step, over which gradients are accumulated; 1 by default
 * @param learningRate peak learning rate, 3e-3 by default; 0 changes no weight
 * @param schedule schedule of the learning rate, by default {@code wsd} (warmup-stable-decay) with warmup 0.1
 *     and decay 0.2
 * @param weightDecay weight decay of matrices, 0.1 by default
 * @param beta1 AdamW's decay of the mean, 0.9 by default
 * @param beta2 AdamW's decay of the variance, 0.95 by default
 * @param maxGradientNorm global norm to which gradients are clipped, 1 by default
 * @param outlierDeviations number of standard deviations above the running mean of the loss or gradient norm from which
 *     a step is skipped; null, the default, skips none
 * @param recompute whether activations are recomputed in the backward pass instead of being kept, which saves memory
 *     for a third more work in the layers; false by default
 * @param precision type of the matrix products, float32 by default; with bfloat16 weights, sums of gradients and
 *     moments remain float32
 * @param seed seed of the initial weights and of the shuffle window, 1 by default
 * @param shuffleWindow number of batches from which the next one is drawn; 1, the default, keeps the topic's order
 * @param teacherSteps range of the teacher's own training steps outside of which records are skipped; all by default
 * @param teachers only records of these teachers, by name or by eight or more digits of the weights hash; {@code any}
 *     for all; by default those of one teacher, whichever comes first, and another one stops the run
 * @param checkpointSteps steps between checkpoints, 100 by default
 * @param checkpointMinutes minutes after which a checkpoint is written as well; null, the default, for none
 * @param keepCheckpoints number of last checkpoints to keep; 2 by default
 * @param keepEvery checkpoints of steps that are multiples of this are kept forever; null, the default, for none
 * @param corpora how often the batches of a corpus are trained on, by its name: 0 leaves it out, 0.5 takes half of its
 *     batches, 2 takes each twice; 1 for corpora that are not named. May change when a run is continued
 * @param evaluateSteps steps between evaluations on the held-out topic; null, the default, for none
 * @param exportSteps steps between exports of the model; null, the default, for none
 * @param keepExports number of last exports to keep; 3 by default
 */
public record TrainingConfig(
        Long tokens,
        Integer epochs,
        Integer batchesPerStep,
        Double learningRate,
        ScheduleConfig schedule,
        Double weightDecay,
        Double beta1,
        Double beta2,
        Double maxGradientNorm,
        Double outlierDeviations,
        Boolean recompute,
        Precision precision,
        Long seed,
        Integer shuffleWindow,
        StepRange teacherSteps,

        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<String> teachers,

        Integer checkpointSteps,
        Double checkpointMinutes,
        Integer keepCheckpoints,
        Integer keepEvery,
        @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, Double> corpora,

        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        Integer evaluateSteps,

        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        Integer exportSteps,

        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        Integer keepExports) {
    /** Value of {@code teachers} that accepts the logits of every teacher. */
    public static final String ANY_TEACHER = "any";

    private static final double LARGEST_WEIGHT = 1000;

    /**
     * A range of steps of a teacher's own training, both ends included.
     *
     * @param from first step, null for no limit
     * @param to last step, null for no limit
     */
    public record StepRange(Long from, Long to) {
        /** Requires that the range is not empty. */
        public StepRange {
            Checks.require(
                    from == null || to == null || from <= to,
                    "training.teacherSteps: from " + from + " is after to " + to);
        }

        public boolean contains(long step) {
            return (from == null || from <= step) && (to == null || step <= to);
        }
    }

    /** Fills in the defaults. */
    public TrainingConfig {
        epochs = epochs == null ? 1 : epochs;
        batchesPerStep = batchesPerStep == null ? 1 : batchesPerStep;
        learningRate = learningRate == null ? 3e-3 : learningRate;
        schedule = ScheduleConfig.orDefaults(schedule, "training.schedule", ScheduleConfig.Kind.WSD, 0.2);
        weightDecay = weightDecay == null ? 0.1 : weightDecay;
        beta1 = beta1 == null ? 0.9 : beta1;
        beta2 = beta2 == null ? 0.95 : beta2;
        maxGradientNorm = maxGradientNorm == null ? 1 : maxGradientNorm;
        recompute = recompute != null && recompute;
        precision = precision == null ? Precision.FLOAT32 : precision;
        seed = seed == null ? 1 : seed;
        shuffleWindow = shuffleWindow == null ? 1 : shuffleWindow;
        checkpointSteps = checkpointSteps == null ? 100 : checkpointSteps;
        keepCheckpoints = keepCheckpoints == null ? 2 : keepCheckpoints;
        keepExports = keepExports == null ? 3 : keepExports;
        Checks.require(tokens == null || tokens > 0, "training.tokens " + tokens + " is not positive");
        Checks.require(epochs > 0, "training.epochs " + epochs + " is not positive");
        Checks.require(batchesPerStep > 0, "training.batchesPerStep " + batchesPerStep + " is not positive");
        Checks.require(
                learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY,
                "training.learningRate " + learningRate + " is negative or not a number");
        Checks.require(
                weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
                "training.weightDecay " + weightDecay + " is negative or not a number");
        Checks.require(beta1 >= 0 && beta1 < 1, "training.beta1 " + beta1 + " is not in [0, 1)");
        Checks.require(beta2 >= 0 && beta2 < 1, "training.beta2 " + beta2 + " is not in [0, 1)");
        Checks.require(maxGradientNorm > 0, "training.maxGradientNorm " + maxGradientNorm + " is not positive");
        Checks.require(
                outlierDeviations == null || outlierDeviations > 0,
                "training.outlierDeviations " + outlierDeviations + " is not positive");
        Checks.require(shuffleWindow > 0, "training.shuffleWindow " + shuffleWindow + " is not positive");
        Checks.require(
                teacherSteps == null || tokens != null,
                "training.teacherSteps leaves records out, so the length of the run is not known: set training.tokens too");
        Checks.require(teachers == null || !teachers.isEmpty(), "training.teachers is empty: name a teacher, or any");
        Checks.require(
                teachers == null || teachers.contains(ANY_TEACHER) || tokens != null,
                "training.teachers leaves records out, so the length of the run is not known: set training.tokens too");
        Checks.require(checkpointSteps > 0, "training.checkpointSteps " + checkpointSteps + " is not positive");
        Checks.require(
                checkpointMinutes == null || checkpointMinutes > 0,
                "training.checkpointMinutes " + checkpointMinutes + " is not positive");
        Checks.require(keepCheckpoints > 0, "training.keepCheckpoints " + keepCheckpoints + " is not positive");
        Checks.require(keepEvery == null || keepEvery > 0, "training.keepEvery " + keepEvery + " is not positive");
        Checks.require(
                evaluateSteps == null || evaluateSteps > 0,
                "training.evaluateSteps " + evaluateSteps + " is not positive");
        Checks.require(
                exportSteps == null || exportSteps > 0, "training.exportSteps " + exportSteps + " is not positive");
        Checks.require(keepExports > 0, "training.keepExports " + keepExports + " is not positive");
        corpora = corpora == null || corpora.isEmpty() ? null : Collections.unmodifiableMap(new TreeMap<>(corpora));
        requireWeights(corpora, tokens);
    }

    private static void requireWeights(Map<String, Double> corpora, Long tokens) {
        if (corpora == null) {
            return;
        }
        corpora.forEach((name, weight) -> Checks.require(
                weight != null && weight >= 0 && weight <= LARGEST_WEIGHT,
                "training.corpora." + name + " is " + weight + ", not a weight from 0 to 1000"));
        Checks.require(
                tokens != null,
                "training.corpora leaves batches out or repeats them, so the length of the run is"
                        + " not known: set training.tokens too");
    }

    /** The default training. */
    public static TrainingConfig defaults() {
        return new TrainingConfig(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null);
    }

    /** The same with another token budget. */
    public TrainingConfig withTokens(long budget) {
        return new TrainingConfig(
                budget,
                epochs,
                batchesPerStep,
                learningRate,
                schedule,
                weightDecay,
                beta1,
                beta2,
                maxGradientNorm,
                outlierDeviations,
                recompute,
                precision,
                seed,
                shuffleWindow,
                teacherSteps,
                teachers,
                checkpointSteps,
                checkpointMinutes,
                keepCheckpoints,
                keepEvery,
                corpora,
                evaluateSteps,
                exportSteps,
                keepExports);
    }

    /** The same without the choice of teachers, for a run that reads no logits. */
    public TrainingConfig withoutTeacher() {
        return new TrainingConfig(
                tokens,
                epochs,
                batchesPerStep,
                learningRate,
                schedule,
                weightDecay,
                beta1,
                beta2,
                maxGradientNorm,
                outlierDeviations,
                recompute,
                precision,
                seed,
                shuffleWindow,
                null,
                null,
                checkpointSteps,
                checkpointMinutes,
                keepCheckpoints,
                keepEvery,
                corpora,
                evaluateSteps,
                exportSteps,
                keepExports);
    }

    /**
     * The learning rate.
     *
     * @param progress predicted tokens done, as a share of the budget in [0, 1]
     */
    public double learningRateAt(double progress) {
        return learningRate * schedule.at(progress);
    }

    public AdamW.Settings optimizer() {
        return new AdamW.Settings(beta1, beta2, 1e-8, weightDecay, maxGradientNorm);
    }
}
