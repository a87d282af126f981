package io.logitstream.exploration.scaling;

/**
 * Observation of a scaling law: a finished run, or a student to predict.
 *
 * @param parameters trainable parameters N
 * @param tokens predicted tokens D
 * @param teacherLoss loss of the teacher in nats; 0 without a teacher
 * @param aloneLoss loss of the same student without a teacher in nats, by the law of the text alone; 0 without a
 *     teacher
 * @param loss held-out loss in nats; 0 for a prediction
 */
public record ScalingObservation(double parameters, double tokens, double teacherLoss, double aloneLoss, double loss) {
    /** A run on the text alone. */
    public static ScalingObservation alone(double parameters, double tokens, double loss) {
        return new ScalingObservation(parameters, tokens, 0, 0, loss);
    }
}
