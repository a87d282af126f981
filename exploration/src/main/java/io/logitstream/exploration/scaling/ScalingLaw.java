package io.logitstream.exploration.scaling;

import java.util.List;
import java.util.Map;

/** A form of the loss with free parameters, which are chosen so that any real values are possible ones. */
interface ScalingLaw {
    /** What it is called in results. */
    String name();

    /**
     * The logarithm of the loss.
     *
     * @param free free parameters
     */
    double logLoss(double[] free, ScalingObservation run);

    /** Points to start a fit from: the sum of squares has several valleys. */
    List<double[]> starts(List<ScalingObservation> runs);

    /** Limits of each free parameter, {low, high}: beyond them two forms of the law look the same on any data. */
    double[][] limits();

    /** The constants of the law by their usual names. */
    Map<String, Double> constants(double[] free);
}
