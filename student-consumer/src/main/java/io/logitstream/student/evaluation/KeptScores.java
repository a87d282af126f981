package io.logitstream.student.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.input.TrainingBatch;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Sums of {@link Evaluator} for a batch of a {@link ServedReference}. */
final class KeptScores {
    private final SparseLogits logits;
    private final double textLoss;

    private KeptScores(ServedReference.Scores scores) {
        this.logits = scores.logits();
        this.textLoss = scores.textLoss();
    }

    /** Waits for the scores of a batch. */
    static KeptScores await(CompletableFuture<ServedReference.Scores> scores) {
        try {
            return new KeptScores(scores.get());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new LogitstreamException("the held-out text cannot be scored: " + FailureText.of(e), e);
        } catch (CancellationException e) {
            throw new LogitstreamException("the teacher's server was closed while it scored the held-out text", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted", e);
        }
    }

    /** Adds the teacher's own sums: its loss, and the calibration of its most likely token. */
    void addTeacher(TrainingBatch batch, double[] sum) {
        sum[0] += textLoss;
        sum[2] += logits.positions();
        int context = batch.length() - 1;
        for (int i = 0; i < logits.positions(); i++) {
            int best = logits.offsets()[i];
            double confidence = Math.exp(logits.logProbs()[best]);
            int bin = (int) Math.min(Evaluator.BINS - 1, Math.max(0, Math.ceil(confidence * Evaluator.BINS) - 1));
            int target = batch.tokens()[i / context * batch.length() + i % context + 1];
            sum[3 + bin]++;
            sum[3 + Evaluator.BINS + bin] += confidence;
            sum[3 + 2 * Evaluator.BINS + bin] += logits.ids()[best] == target ? 1 : 0;
        }
    }

    /** Adds the sums of a model that is compared with the teacher. */
    void addModel(TorchScript kernels, CausalModel.Outputs outputs, NDArray targets_N1, long chunk, double[] sum) {
        NDManager scope = targets_N1.getManager();
        int positions = logits.positions();
        int width = 1;
        for (int i = 0; i < positions; i++) {
            width = Math.max(width, logits.offsets()[i + 1] - logits.offsets()[i]);
        }
        long[] ids = new long[positions * width];
        float[] logProbs = new float[positions * width];
        Arrays.fill(logProbs, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < positions; i++) {
            int from = logits.offsets()[i];
            for (int kept = from; kept < logits.offsets()[i + 1]; kept++) {
                int to = i * width + kept - from;
                ids[to] = logits.ids()[kept];
                logProbs[to] = logits.logProbs()[kept];
            }
        }
        double[] batch = kernels.run(
                        scope,
                        "compare_kept",
                        outputs.values_N(),
                        outputs.weight_VD(),
                        scope.create(ids, new Shape(positions, width)),
                        scope.create(logProbs, new Shape(positions, width)),
                        scope.create(Arrays.copyOf(logits.tailMass(), positions), new Shape(positions)),
                        targets_N1,
                        chunk,
                        (long) Evaluator.BINS)
                .get(0)
                .toDoubleArray();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += batch[i];
        }
    }
}
