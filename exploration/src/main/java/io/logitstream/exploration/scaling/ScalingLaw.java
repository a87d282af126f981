package io.logitstream.exploration.scaling;

import java.util.List;
import java.util.Map;

/** A parametric form of the loss. Its free parameters are transformed so that every real value is valid. */
interface ScalingLaw {
    /** Formula in results. */
    String name();

    /**
     * Logarithm of the loss.
     *
     * @param free free parameters
     */
    double logLoss(double[] free, ScalingObservation run);

    /** Starting points of a fit: the sum of squares has several local minima. */
    List<double[]> starts(List<ScalingObservation> runs);

    /** Limits of each free parameter, {low, high}. Beyond them, different values fit any data equally well. */
    double[][] limits();

    /** Constants of the law by their usual names. */
    Map<String, Double> constants(double[] free);
}
