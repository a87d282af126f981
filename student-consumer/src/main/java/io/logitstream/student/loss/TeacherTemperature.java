package io.logitstream.student.loss;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.AdaptiveTemperature;
import io.logitstream.student.config.LossConfig;

/** Computes the teacher's temperature and the KD weight of each position. */
final class TeacherTemperature {
    // Equal logits have a standard deviation of 0 and a uniform softmax at any temperature; this avoids the division by
    // 0.
    private static final double SMALLEST = 1e-3;

    private final LossConfig loss;
    private final AdaptiveTemperature rule;

    TeacherTemperature(LossConfig loss) {
        this.loss = loss;
        this.rule = loss.adaptiveTemperature();
    }

    /**
     * Temperature of a position.
     *
     * @param logits decoded logits, with statistics if the rule needs them
     * @param position index of the position
     * @param vocabularySize V
     */
    double at(SparseLogits logits, int position, int vocabularySize) {
        double factor = loss.temperature();
        double temperature = switch (rule) {
            case NONE, WTTM -> factor;
            case NORMKD -> factor * logits.standardDeviation()[position];
            case ADAKD_SD -> {
                double deviation = logits.standardDeviation()[position];
                yield factor * (1 + deviation / (1 + deviation));
            }
            case ADAKD_ENTROPY -> factor * (2 - Math.min(1, logits.entropy()[position] / Math.log(vocabularySize)));
        };
        return rule == AdaptiveTemperature.NONE || rule == AdaptiveTemperature.WTTM
                ? temperature
                : Math.max(SMALLEST, temperature);
    }

    /**
     * Factor of a position's KD: WTTM's sample weight, times the squared temperature where configured.
     *
     * @param temperature temperature of the position
     */
    double weight(SparseLogits logits, int position, double temperature) {
        double weight = rule == AdaptiveTemperature.WTTM ? powerSum(logits, position) : 1;
        return loss.temperatureSquared() ? weight * temperature * temperature : weight;
    }

    private double powerSum(SparseLogits logits, int position) {
        double sum = 0;
        for (int j = logits.offsets()[position]; j < logits.offsets()[position + 1]; j++) {
            sum += Math.exp(logits.logProbs()[j] / loss.temperature());
        }
        return loss.tail() == LossConfig.Tail.BUCKET
                ? sum + Math.pow(logits.tailMass()[position], 1 / loss.temperature())
                : sum;
    }
}
