package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.LossTerms;
import io.logitstream.student.loss.LossWeights;
import java.util.ArrayList;
import java.util.List;

/** Losses of a step's batches. They are on the device until they are asked for, or taken from a copy. */
final class StepLosses {
    private final LossWeights weights;
    private final List<TrainingBatch> batches = new ArrayList<>();
    private final List<LossTerms> terms = new ArrayList<>();
    private int predicted;
    private int routed;

    StepLosses(LossWeights weights) {
        this.weights = weights;
    }

    void add(TrainingBatch batch, LossTerms ofBatch) {
        batches.add(batch);
        terms.add(ofBatch);
        predicted += batch.predicted();
        routed += ofBatch.routed();
    }

    /** Weights of the two loss terms. */
    LossWeights weights() {
        return weights;
    }

    /** Number of predicted tokens. */
    int predicted() {
        return predicted;
    }

    /** The losses on the device, for each batch. */
    List<NDArray> sums() {
        return terms.stream().map(LossTerms::sums).toList();
    }

    /**
     * Takes the losses of all batches from a copy on the host.
     *
     * @return index after the last value
     */
    int take(double[] copy) {
        int end = 0;
        for (LossTerms ofBatch : terms) {
            end = ofBatch.take(copy, end);
        }
        return end;
    }

    /** The weighted loss, mean over the predicted tokens. */
    double total() {
        return weights.total(lm(), kd(), lmElsewhere()) / predicted;
    }

    private double lm() {
        return terms.stream().mapToDouble(LossTerms::lm).reduce(0, Double::sum);
    }

    private double kd() {
        return terms.stream().mapToDouble(LossTerms::kd).reduce(0, Double::sum);
    }

    private double lmElsewhere() {
        return terms.stream().mapToDouble(LossTerms::lmElsewhere).reduce(0, Double::sum);
    }

    /** Requires that the loss of a batch is finite. */
    void requireFinite(TrainingBatch batch, LossTerms ofBatch) {
        if (!Double.isFinite(ofBatch.lm() + (weights.isTextOnly() ? 0 : ofBatch.kd()))) {
            throw new TrainingStep.NotFiniteException(batch);
        }
    }

    /** Requires that the losses of all batches and the norm of the gradient are finite. */
    void requireFinite(double gradientNorm) {
        for (int i = 0; i < batches.size(); i++) {
            requireFinite(batches.get(i), terms.get(i));
        }
        if (!Double.isFinite(gradientNorm)) {
            throw new TrainingStep.NotFiniteException(batches.get(batches.size() - 1));
        }
    }

    /**
     * The result of the step.
     *
     * @param gradientNorm global norm of the gradient before clipping
     * @param outlier whether the step changed no weight
     */
    StepResult result(double gradientNorm, boolean outlier) {
        return new StepResult(
                predicted,
                routed,
                lm() / predicted,
                kd() / predicted,
                lmElsewhere() / predicted,
                gradientNorm,
                outlier);
    }
}
