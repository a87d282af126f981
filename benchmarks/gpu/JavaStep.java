package io.logitstream.benchmarks.gpu;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.training.OutlierGuard;
import io.logitstream.student.training.StepEmitter;
import io.logitstream.student.training.StepResult;
import io.logitstream.student.training.TrainingStep;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Tokens per second of the Java student of the preset 330M in bfloat16, over rows of 4,096 tokens with 50 kept logits
 * each: the median of ten steps, each of which is read before the next one. Arguments: device, and for a trial hidden
 * size, layers, vocabulary and context.
 */
final class JavaStep {
    private static final int KEPT = 50;
    private static final int WARMUP = 2;
    private static final int STEPS = 10;

    private JavaStep() {}

    public static void main(String[] arguments) {
        String device = arguments.length > 0 ? arguments[0] : "cuda:0";
        int size = argument(arguments, 1, 1024);
        int layers = argument(arguments, 2, 12);
        int vocabulary = argument(arguments, 3, 151_552);
        int context = argument(arguments, 4, 4096);
        Torch.start(1);
        Torch.recordGradients(true);
        StudentConfig shape = new StudentConfig(size, layers, size / 64, 2, 4 * size, true, null);
        TrainingBatch batch = batch(context, vocabulary);
        double[] seconds = new double[STEPS];
        StepResult last = null;
        try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, context, 0), 1, device);
                AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        LossConfig.defaults(),
                        OutlierGuard.off(),
                        false,
                        Precision.BFLOAT16,
                        StepEmitter.none())) {
            for (int i = -WARMUP; i < STEPS; i++) {
                long begin = System.nanoTime();
                last = step.apply(List.of(batch), 0.9, 3e-4);
                if (i >= 0) {
                    seconds[i] = (System.nanoTime() - begin) / 1e9;
                }
            }
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "Java student on %s, %d wide, %d layers, vocabulary %d: %.0f tokens/s, loss %.3f%n",
                device,
                size,
                layers,
                vocabulary,
                context / seconds[STEPS / 2],
                last.lm());
    }

    private static int argument(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    private static TrainingBatch batch(int positions, int vocabulary) {
        Random random = new Random(1);
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, positions * KEPT);
        for (int i = 0; i < positions; i++) {
            logits.offsets()[i + 1] = (i + 1) * KEPT;
            for (int j = 0; j < KEPT; j++) {
                logits.ids()[i * KEPT + j] = random.nextInt(vocabulary);
                logits.logProbs()[i * KEPT + j] = (float) random.nextGaussian() - 5;
            }
        }
        int[] tokens = random.ints(positions + 1L, 0, vocabulary).toArray();
        return new TrainingBatch(new BatchKey("random", 0, 0), 0, 0, 1, positions + 1, tokens, logits);
    }
}
