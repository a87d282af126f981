package io.logitstream.student.loss;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.AdaptiveTemperature;
import io.logitstream.student.config.LossConfig;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * A batch's kept entries as rectangular arrays. Shorter supports are filled up with their first id again and the
 * log-probability minus infinity, which a kernel takes for no entry.
 */
final class SupportTargets {
    /** Values of a position besides its support: temperature, weight, tail mass, log-sum-exp. */
    static final int POSITION_VALUES = 4;

    private SupportTargets() {}

    /** Entries of the largest support, at least 1. */
    static int width(SparseLogits logits) {
        int width = 1;
        for (int i = 0; i < logits.positions(); i++) {
            width = Math.max(width, logits.offsets()[i + 1] - logits.offsets()[i]);
        }
        return width;
    }

    /**
     * Writes positions * width entries to each buffer.
     *
     * @param logits decoded logits
     * @param width entries per position
     * @param support_NK receives token ids
     * @param logProb_NK receives log-probabilities at temperature 1
     */
    static void fillSupports(SparseLogits logits, int width, IntBuffer support_NK, FloatBuffer logProb_NK) {
        int[] offsets = logits.offsets();
        for (int i = 0; i < logits.positions(); i++) {
            int kept = offsets[i + 1] - offsets[i];
            support_NK.put(logits.ids(), offsets[i], kept);
            logProb_NK.put(logits.logProbs(), offsets[i], kept);
            int first = kept > 0 ? logits.ids()[offsets[i]] : 0;
            for (int j = kept; j < width; j++) {
                support_NK.put(first);
                logProb_NK.put(Float.NEGATIVE_INFINITY);
            }
        }
    }

    /**
     * Writes positions * {@link #POSITION_VALUES} values.
     *
     * @param logits decoded logits
     * @param loss loss settings
     * @param vocabularySize V
     * @param values_N4 receives the values
     */
    static void fillPositions(SparseLogits logits, LossConfig loss, int vocabularySize, FloatBuffer values_N4) {
        for (int i = 0; i < logits.positions(); i++) {
            double temperature = loss.adaptiveTemperature().at(loss.temperature(), logits, i, vocabularySize);
            double weight = loss.adaptiveTemperature() == AdaptiveTemperature.WTTM ? powerSum(logits, i, loss) : 1;
            values_N4.put((float) temperature);
            values_N4.put((float) (loss.temperatureSquared() ? weight * temperature * temperature : weight));
            values_N4.put(logits.tailMass()[i]);
            values_N4.put(logits.logSumExp()[i]);
        }
    }

    // WTTM's sample weight.
    private static double powerSum(SparseLogits logits, int position, LossConfig loss) {
        double sum = 0;
        for (int j = logits.offsets()[position]; j < logits.offsets()[position + 1]; j++) {
            sum += Math.exp(logits.logProbs()[j] / loss.temperature());
        }
        return loss.tail() == LossConfig.Tail.BUCKET
                ? sum + Math.pow(logits.tailMass()[position], 1 / loss.temperature())
                : sum;
    }
}
