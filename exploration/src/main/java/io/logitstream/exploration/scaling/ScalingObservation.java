package io.logitstream.exploration.scaling;

/**
 * A finished run, or one that is asked about.
 *
 * @param parameters trainable values N
 * @param tokens predicted tokens D that it was trained on
 * @param teacherLoss loss of its teacher, in nats; 0 without one
 * @param aloneLoss loss that a student of this size and budget has without a teacher, by the plain law; 0 without one
 * @param loss held-out loss, in nats; 0 where it is asked for
 */
public record ScalingObservation(double parameters, double tokens, double teacherLoss, double aloneLoss, double loss) {
    /** A run on the text alone. */
    public static ScalingObservation alone(double parameters, double tokens, double loss) {
        return new ScalingObservation(parameters, tokens, 0, 0, loss);
    }
}
