package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.logits.SparseLogits;

/**
 * How far the KL loss of a student and its gradient with respect to the student's logits, computed from decoded logits,
 * are from those of the exact ones. Losses are relative to the exact loss, gradients (Euclidean norm of the difference
 * over the vocabulary) to the norm of the exact gradient.
 *
 * @param meanLoss mean over the positions
 * @param worstLoss largest of a position
 * @param meanGradient mean over the positions
 * @param worstGradient largest of a position
 * @param worstMass largest difference of a position's tail mass, absolute
 */
record Fidelity(double meanLoss, double worstLoss, double meanGradient, double worstGradient, double worstMass) {

    static Fidelity of(RealisticLogits realistic, int k, double temperature) {
        SparseLogits exact = realistic.select(0.95, k);
        SparseLogits decoded = new SparseLogits();
        CompactCodec codec = new CompactCodec();
        codec.decode(codec.encode(exact, realistic.shape()), realistic.shape(), decoded);
        double[] sums = new double[2];
        double[] worst = new double[3];
        for (int i = 0; i < exact.positions(); i++) {
            int from = exact.offsets()[i];
            int count = exact.offsets()[i + 1] - from;
            double[] q = targets(exact.logProbs(), from, count, temperature);
            double[] r = targets(decoded.logProbs(), from, count, temperature);
            double loss = 0;
            double decodedLoss = 0;
            double difference = 0;
            double gradient = realistic.studentSquares(i);
            for (int j = 0; j < count; j++) {
                double student = realistic.studentLogProb(i, j);
                loss += q[j] * (Math.log(q[j]) - student);
                decodedLoss += r[j] * (Math.log(r[j]) - student);
                difference += (q[j] - r[j]) * (q[j] - r[j]);
                gradient += q[j] * q[j] - 2 * q[j] * Math.exp(student);
            }
            double lossError = Math.abs(decodedLoss - loss) / loss;
            double gradientError = Math.sqrt(difference / gradient);
            sums[0] += lossError;
            sums[1] += gradientError;
            worst[0] = Math.max(worst[0], lossError);
            worst[1] = Math.max(worst[1], gradientError);
            worst[2] = Math.max(worst[2], Math.abs(decoded.tailMass()[i] - exact.tailMass()[i]));
        }
        return new Fidelity(sums[0] / exact.positions(), worst[0], sums[1] / exact.positions(), worst[1], worst[2]);
    }

    private static double[] targets(float[] logProbs, int from, int count, double temperature) {
        double[] q = new double[count];
        double sum = 0;
        for (int j = 0; j < count; j++) {
            q[j] = Math.exp(logProbs[from + j] / temperature);
            sum += q[j];
        }
        for (int j = 0; j < count; j++) {
            q[j] /= sum;
        }
        return q;
    }
}
