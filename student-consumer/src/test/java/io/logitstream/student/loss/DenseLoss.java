package io.logitstream.student.loss;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.AdaptiveTemperature;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.RoutingConfig;
import io.logitstream.student.input.TrainingBatch;
import java.util.Arrays;

/**
 * The loss in double precision, by the definition, and its gradients by central differences of the logits: nothing in
 * here knows a derivative.
 *
 * @param lm sum over positions of the text's negative log-likelihood
 * @param kd sum over positions of the distillation loss
 * @param hiddenGradient gradient of scale * ((1 - alpha) * lm + alpha * kd), [N, D]
 * @param weightGradient the same with respect to the output weight, [V, D]
 */
public record DenseLoss(double lm, double kd, double[] hiddenGradient, double[] weightGradient) {
    private static final double STEP = 1e-4;

    public static DenseLoss of(
            float[] hidden,
            float[] weight,
            int size,
            TrainingBatch batch,
            LossConfig loss,
            double alpha,
            double scale) {
        int vocabulary = weight.length / size;
        int[] targets = targets(batch);
        double[] hiddenGradient = new double[hidden.length];
        double[] weightGradient = new double[weight.length];
        boolean[] routed = routed(batch, loss.routing());
        double lm = 0;
        double kd = 0;
        for (int n = 0; n < targets.length; n++) {
            double[] z = logits(hidden, n, weight, size);
            boolean teacher = routed[n];
            double alphaHere = teacher ? alpha : 0;
            lm -= logSoftmax(z)[targets[n]];
            kd += teacher ? distillation(z, batch.logits(), n, loss) : 0;
            for (int v = 0; v < vocabulary; v++) {
                double before = z[v];
                z[v] = before + STEP;
                double above = total(z, targets[n], batch, n, loss, alphaHere);
                z[v] = before - STEP;
                double slope = scale * (above - total(z, targets[n], batch, n, loss, alphaHere)) / (2 * STEP);
                z[v] = before;
                for (int d = 0; d < size; d++) {
                    hiddenGradient[n * size + d] += slope * weight[v * size + d];
                    weightGradient[v * size + d] += slope * hidden[n * size + d];
                }
            }
        }
        return new DenseLoss(lm, kd, hiddenGradient, weightGradient);
    }

    private static double total(
            double[] z, int target, TrainingBatch batch, int position, LossConfig loss, double alpha) {
        return -(1 - alpha) * logSoftmax(z)[target] + alpha * distillation(z, batch.logits(), position, loss);
    }

    /** The distillation loss of a position with the student's logits z. */
    static double distillation(double[] z, SparseLogits logits, int n, LossConfig loss) {
        int begin = logits.offsets()[n];
        int kept = logits.offsets()[n + 1] - begin;
        boolean decoupled = loss.tail() == LossConfig.Tail.DECOUPLED;
        boolean bucket = loss.tail() == LossConfig.Tail.BUCKET || decoupled;
        int classes = bucket ? kept + 1 : kept;
        double temperature = temperature(logits, n, z.length, loss);
        double studentTemperature = loss.temperStudent() ? temperature : 1;
        double[] log = logSoftmax(z);
        double logSum = z[0] - log[0];

        double[] teacher = new double[classes];
        double[] student = new double[classes];
        double outside = 0;
        for (int v = 0; v < z.length; v++) {
            int entry = indexOf(logits, begin, kept, v);
            if (entry < 0) {
                outside += Math.exp(log[v]);
            } else {
                teacher[entry] = logits.logProbs()[begin + entry];
                student[entry] = log[v];
            }
        }
        if (bucket) {
            teacher[kept] = Math.log(logits.tailMass()[n]);
            student[kept] = Math.log(outside);
        }

        double weight = loss.temperatureSquared() ? temperature * temperature : 1;
        if (loss.adaptiveTemperature() == AdaptiveTemperature.WTTM) {
            weight *= Arrays.stream(teacher).map(t -> Math.exp(t / temperature)).sum();
        }
        if (loss.kind() == LossConfig.Kind.MSE && loss.mseOn() == LossConfig.MseOn.LOGITS) {
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                double difference =
                        (student[k] + logSum) / studentTemperature - (teacher[k] + logits.logSumExp()[n]) / temperature;
                sum += difference * difference;
            }
            return weight * sum / classes;
        }
        double[] q = loss.tail().code == 2 ? exp(teacher) : softmax(teacher, temperature);
        double[] r;
        if (decoupled) {
            q = decoupled(teacher, temperature);
            r = decoupled(student, studentTemperature);
        } else if (bucket || loss.normalise() == LossConfig.Normalise.SUPPORT) {
            r = softmax(student, studentTemperature);
        } else {
            double[] whole = softmax(z, studentTemperature);
            r = new double[classes];
            for (int k = 0; k < classes; k++) {
                r[k] = whole[logits.ids()[begin + k]];
            }
        }
        return weight * divergence(q, r, loss);
    }

    /** The masses of support and tail as they are, and the support's in the proportions of the temperature. */
    private static double[] decoupled(double[] logs, double temperature) {
        int kept = logs.length - 1;
        double[] masses = exp(logs);
        double support = Arrays.stream(masses, 0, kept).sum();
        double[] inside = softmax(Arrays.copyOf(logs, kept), temperature);
        double[] classes = new double[logs.length];
        for (int k = 0; k < kept; k++) {
            classes[k] = inside[k] * support / (support + masses[kept]);
        }
        classes[kept] = masses[kept] / (support + masses[kept]);
        return classes;
    }

    /** Positions with the distillation loss, by counting the positions that are not above each. */
    private static boolean[] routed(TrainingBatch batch, RoutingConfig routing) {
        boolean[] routed = new boolean[batch.predicted()];
        Arrays.fill(routed, true);
        if (routing == null) {
            return routed;
        }
        double[] values = new double[routed.length];
        for (int n = 0; n < values.length; n++) {
            int begin = batch.logits().offsets()[n];
            int kept = batch.logits().offsets()[n + 1] - begin;
            int text = indexOf(batch.logits(), begin, kept, targets(batch)[n]);
            values[n] = switch (routing.by()) {
                case ENTROPY -> batch.logits().entropy()[n];
                case TAIL_MASS -> batch.logits().tailMass()[n];
                case TOP_PROBABILITY -> Math.exp(batch.logits().logProbs()[begin]);
                case TEXT_LOG_PROBABILITY ->
                    text < 0 ? Double.NEGATIVE_INFINITY : batch.logits().logProbs()[begin + text];
                case SUPPORT_SIZE -> kept;
                case POSITION -> n % (batch.length() - 1);
            };
        }
        for (int n = 0; n < values.length; n++) {
            double value = values[n];
            routed[n] = (routing.above() == null || value > routing.above())
                    && (routing.below() == null || value <= routing.below())
                    && (routing.aboveQuantile() == null
                            || below(values, value) >= Math.ceil(routing.aboveQuantile() * values.length))
                    && (routing.belowQuantile() == null
                            || below(values, value) < Math.ceil(routing.belowQuantile() * values.length));
        }
        return routed;
    }

    private static long below(double[] values, double value) {
        return Arrays.stream(values).filter(other -> other < value).count();
    }

    private static double divergence(double[] q, double[] r, LossConfig loss) {
        double sum = 0;
        for (int k = 0; k < q.length; k++) {
            double beta = loss.beta();
            double m = beta * q[k] + (1 - beta) * r[k];
            sum += switch (loss.kind()) {
                case NLL -> -q[k] * Math.log(r[k]);
                case KLD -> q[k] * Math.log(q[k] / r[k]);
                case MSE -> (q[k] - r[k]) * (q[k] - r[k]) / q.length;
                case REVERSE_KL -> r[k] * Math.log(r[k] / q[k]);
                case JSD -> beta * q[k] * Math.log(q[k] / m) + (1 - beta) * r[k] * Math.log(r[k] / m);
                case SKEW_KL -> q[k] * Math.log(q[k] / (loss.skew() * q[k] + (1 - loss.skew()) * r[k]));
            };
        }
        return sum;
    }

    private static double temperature(SparseLogits logits, int n, int vocabulary, LossConfig loss) {
        double s = logits.standardDeviation()[n];
        return loss.temperature()
                * switch (loss.adaptiveTemperature()) {
                    case NONE, WTTM -> 1;
                    case NORMKD -> s;
                    case ADAKD_SD -> 1 + s / (1 + s);
                    case ADAKD_ENTROPY -> 2 - logits.entropy()[n] / Math.log(vocabulary);
                };
    }

    private static int indexOf(SparseLogits logits, int begin, int kept, int id) {
        for (int k = 0; k < kept; k++) {
            if (logits.ids()[begin + k] == id) {
                return k;
            }
        }
        return -1;
    }

    /** The ids that follow each position. */
    public static int[] targets(TrainingBatch batch) {
        int[] targets = new int[batch.predicted()];
        for (int i = 0; i < targets.length; i++) {
            int perRow = batch.length() - 1;
            targets[i] = batch.tokens()[i / perRow * batch.length() + i % perRow + 1];
        }
        return targets;
    }

    private static double[] logits(float[] hidden, int position, float[] weight, int size) {
        double[] z = new double[weight.length / size];
        for (int v = 0; v < z.length; v++) {
            for (int d = 0; d < size; d++) {
                z[v] += (double) hidden[position * size + d] * weight[v * size + d];
            }
        }
        return z;
    }

    public static double[] logSoftmax(float[] hidden, int position, float[] weight, int size) {
        return logSoftmax(logits(hidden, position, weight, size));
    }

    private static double[] logSoftmax(double[] z) {
        double largest = Arrays.stream(z).max().orElseThrow();
        double logSum = largest
                + Math.log(
                        Arrays.stream(z).map(value -> Math.exp(value - largest)).sum());
        return Arrays.stream(z).map(value -> value - logSum).toArray();
    }

    private static double[] softmax(double[] values, double temperature) {
        return exp(logSoftmax(
                Arrays.stream(values).map(value -> value / temperature).toArray()));
    }

    private static double[] exp(double[] values) {
        return Arrays.stream(values).map(Math::exp).toArray();
    }
}
