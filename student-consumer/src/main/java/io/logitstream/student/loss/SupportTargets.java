package io.logitstream.student.loss;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Writes a batch's supports as rectangular arrays. Shorter supports are padded with their first id and the
 * log-probability minus infinity, which the kernels treat as no entry.
 */
final class SupportTargets {
    /** Values per position besides its support: temperature, KD weight, tail mass, log-sum-exp. */
    static final int POSITION_VALUES = 4;

    private SupportTargets() {}

    /** Number of entries K of the largest support, at least 1. */
    static int width(SparseLogits logits) {
        int width = 1;
        for (int i = 0; i < logits.positions(); i++) {
            width = Math.max(width, logits.offsets()[i + 1] - logits.offsets()[i]);
        }
        return width;
    }

    /**
     * Writes the entries of each position, padded to the same width.
     *
     * @param logits decoded logits
     * @param width K
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
     * Writes {@link #POSITION_VALUES} values for each position.
     *
     * @param logits decoded logits
     * @param loss loss settings
     * @param vocabularySize V
     * @param values_N4 receives temperature, KD weight, tail mass and log-sum-exp of each position
     */
    static void fillPositions(SparseLogits logits, LossConfig loss, int vocabularySize, FloatBuffer values_N4) {
        TeacherTemperature temperatures = new TeacherTemperature(loss);
        for (int i = 0; i < logits.positions(); i++) {
            double temperature = temperatures.at(logits, i, vocabularySize);
            values_N4.put((float) temperature);
            values_N4.put((float) temperatures.weight(logits, i, temperature));
            values_N4.put(logits.tailMass()[i]);
            values_N4.put(logits.logSumExp()[i]);
        }
    }
}
