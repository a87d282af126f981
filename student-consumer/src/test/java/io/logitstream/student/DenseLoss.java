package io.logitstream.student;

/**
 * The loss and its gradients in double precision, by the definition: every distribution over the whole vocabulary.
 *
 * @param lm sum over positions of the text's negative log-likelihood
 * @param kd sum over positions of the KL divergence from q to the student
 * @param hiddenGradient gradient of scale * ((1 - alpha) * lm + alpha * kd), [N, D]
 * @param weightGradient the same with respect to the output weight, [V, D]
 */
record DenseLoss(double lm, double kd, double[] hiddenGradient, double[] weightGradient) {

  static DenseLoss of(float[] hidden, float[] weight, int size, TrainingBatch batch, LossConfig loss, double scale) {
    int vocabulary = weight.length / size;
    int[] targets = targets(batch);
    double[] hiddenGradient = new double[hidden.length];
    double[] weightGradient = new double[weight.length];
    double lm = 0;
    double kd = 0;
    for (int n = 0; n < targets.length; n++) {
      double[] logP = logSoftmax(hidden, n, weight, size);
      double[] q = teacher(batch, n, vocabulary, loss.temperature());
      lm -= logP[targets[n]];
      for (int v = 0; v < vocabulary; v++) {
        kd += q[v] == 0 ? 0 : q[v] * (Math.log(q[v]) - logP[v]);
        double text = v == targets[n] ? 1 : 0;
        double p = Math.exp(logP[v]);
        double slope = scale * ((1 - loss.alpha()) * (p - text) + loss.alpha() * (p - q[v]));
        for (int d = 0; d < size; d++) {
          hiddenGradient[n * size + d] += slope * weight[v * size + d];
          weightGradient[v * size + d] += slope * hidden[n * size + d];
        }
      }
    }
    return new DenseLoss(lm, kd, hiddenGradient, weightGradient);
  }

  /** The ids that follow each position. */
  static int[] targets(TrainingBatch batch) {
    int[] targets = new int[batch.predicted()];
    for (int i = 0; i < targets.length; i++) {
      int perRow = batch.length() - 1;
      targets[i] = batch.tokens()[i / perRow * batch.length() + i % perRow + 1];
    }
    return targets;
  }

  static double[] logSoftmax(float[] hidden, int position, float[] weight, int size) {
    double[] z = new double[weight.length / size];
    double largest = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < z.length; v++) {
      for (int d = 0; d < size; d++) {
        z[v] += (double) hidden[position * size + d] * weight[v * size + d];
      }
      largest = Math.max(largest, z[v]);
    }
    double sum = 0;
    for (double value : z) {
      sum += Math.exp(value - largest);
    }
    for (int v = 0; v < z.length; v++) {
      z[v] -= largest + Math.log(sum);
    }
    return z;
  }

  // softmax(log p / temperature) over the support.
  private static double[] teacher(TrainingBatch batch, int position, int vocabulary, double temperature) {
    double[] q = new double[vocabulary];
    double sum = 0;
    for (int e = batch.logits().offsets()[position]; e < batch.logits().offsets()[position + 1]; e++) {
      q[batch.logits().ids()[e]] = Math.exp(batch.logits().logProbs()[e] / temperature);
      sum += q[batch.logits().ids()[e]];
    }
    for (int v = 0; v < vocabulary; v++) {
      q[v] /= sum;
    }
    return q;
  }
}
