package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import io.logitstream.model.libtorch.HostTransfer;

/**
 * Result of the output head for one batch: both loss terms and the gradient of the weighted loss. The losses are on the
 * device until they are asked for.
 */
public final class LossTerms {
    private static final int TERMS = 3;

    private final NDArray sums;
    private final int routed;
    private final NDArray hiddenGradient_ND;
    private double[] values;

    LossTerms(NDArray sums, int routed, NDArray hiddenGradient_ND) {
        this.sums = sums;
        this.routed = routed;
        this.hiddenGradient_ND = hiddenGradient_ND;
    }

    /** Losses of each chunk, float64: that of the text, that of distillation, and the part of the text elsewhere. */
    public NDArray sums() {
        return sums;
    }

    /**
     * Takes the losses from a copy on the host, so that they are not read from the device.
     *
     * @param copy values of {@link #sums} and of other batches
     * @param begin index of the first value of this batch
     * @return index after its last value
     */
    public int take(double[] copy, int begin) {
        int count = Math.toIntExact(sums.size());
        values = new double[count];
        System.arraycopy(copy, begin, values, 0, count);
        return begin + count;
    }

    /** Negative log-likelihood of the text, in nats, summed over the batch's positions. */
    public double lm() {
        return sum(0);
    }

    /** Distillation loss before alpha, summed over the positions where it applies; 0 without a teacher. */
    public double kd() {
        return sum(1);
    }

    /** Part of {@link #lm} from positions that {@code loss.routing} leaves to the text. */
    public double lmElsewhere() {
        return sum(2);
    }

    private double sum(int term) {
        if (values == null) {
            values = HostTransfer.read(sums);
        }
        double sum = 0;
        for (int i = term; i < values.length; i += TERMS) {
            sum += values[i];
        }
        return sum;
    }

    /** Number of positions where the distillation loss applies: all without {@code loss.routing}. */
    public int routed() {
        return routed;
    }

    /**
     * Gradient of the weighted and scaled loss with respect to the hidden states, float32 [N, D], owned by their scope.
     */
    public NDArray hiddenGradient_ND() {
        return hiddenGradient_ND;
    }
}
