package io.logitstream.student.loss;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.RoutingConfig;
import io.logitstream.student.input.TrainingBatch;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Selects the positions of a batch at which the distillation loss applies. */
final class TokenRouting {
    private final RoutingConfig routing;

    TokenRouting(RoutingConfig routing) {
        this.routing = routing;
    }

    /**
     * Writes 1 for each position with the distillation loss and 0 for each other position.
     *
     * @param batch batch with the teacher's logits
     * @param routed_N receives a number per position
     * @return number of positions with the distillation loss
     */
    int fill(TrainingBatch batch, FloatBuffer routed_N) {
        double[] values = new double[batch.predicted()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(batch, i);
        }
        double[] ascending = values.clone();
        if (routing.aboveQuantile() != null || routing.belowQuantile() != null) {
            Arrays.sort(ascending);
        }
        Double lower = bound(routing.above(), routing.aboveQuantile(), ascending);
        Double upper = bound(routing.below(), routing.belowQuantile(), ascending);
        int count = 0;
        for (double value : values) {
            // Without a lower bound minus infinity is included.
            boolean inside = (lower == null || value > lower) && (upper == null || value <= upper);
            routed_N.put(inside ? 1 : 0);
            count += inside ? 1 : 0;
        }
        return count;
    }

    private static Double bound(Double value, Double quantile, double[] ascending) {
        if (quantile == null) {
            return value;
        }
        int rank = (int) Math.ceil(quantile * ascending.length);
        return rank == 0 ? null : Double.valueOf(ascending[rank - 1]);
    }

    private double value(TrainingBatch batch, int position) {
        SparseLogits logits = batch.logits();
        int begin = logits.offsets()[position];
        int end = logits.offsets()[position + 1];
        return switch (routing.by()) {
            case ENTROPY -> logits.entropy()[position];
            case TAIL_MASS -> logits.tailMass()[position];
            case TOP_PROBABILITY -> end > begin ? Math.exp(logits.logProbs()[begin]) : 0;
            case TEXT_LOG_PROBABILITY -> logProb(logits, begin, end, batch.target(position));
            case SUPPORT_SIZE -> end - begin;
            case POSITION -> position % (batch.length() - 1);
        };
    }

    private static double logProb(SparseLogits logits, int begin, int end, int id) {
        for (int j = begin; j < end; j++) {
            if (logits.ids()[j] == id) {
                return logits.logProbs()[j];
            }
        }
        return Double.NEGATIVE_INFINITY;
    }
}
