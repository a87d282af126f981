package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.BatchKey;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrainingStepTest {
    private static final StudentConfig SHAPE = new StudentConfig(32, 2, 4, 2, 64, false, null);
    private static final int VOCABULARY = 97;

    @BeforeEach
    void record() {
        Torch.start(1);
        Torch.recordGradients(true);
    }

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    @Test
    void repeatingABatchLearnsIt() {
        TrainingBatch batch = SampleBatches.random(4, 17, VOCABULARY, 5, 1);

        withStep(0.5, (model, optimizer, step) -> {
            StepResult first = step.apply(List.of(batch), 1e-2);
            StepResult last = first;
            for (int i = 0; i < 100; i++) {
                last = step.apply(List.of(batch), 1e-2);
            }

            assertThat(first.lm()).isBetween(4.0, 5.2);
            assertThat(last.lm()).isLessThan(2.5);
            assertThat(last.kd()).isLessThan(first.kd()).isPositive();
        });
    }

    @Test
    void twoBatchesOfAStepAreOneBatchOfBoth() {
        TrainingBatch one = SampleBatches.random(1, 9, VOCABULARY, 6, 1);
        TrainingBatch three = SampleBatches.random(3, 9, VOCABULARY, 6, 2);
        Map<String, float[]> accumulated = new LinkedHashMap<>();
        StepResult[] results = new StepResult[1];
        withStep(0.7, (model, optimizer, step) -> {
            results[0] = step.apply(List.of(one, three), 1e-4);
            accumulated.putAll(weightsAndGradients(model, optimizer));
        });

        withStep(0.7, (model, optimizer, step) -> {
            StepResult result = step.apply(List.of(SampleBatches.together(one, three)), 1e-4);

            assertThat(result.predicted()).isEqualTo(results[0].predicted()).isEqualTo(4 * 8);
            assertThat(result.lm()).isCloseTo(results[0].lm(), within(1e-6));
            assertThat(result.kd()).isCloseTo(results[0].kd(), within(1e-6));
            assertThat(result.gradientNorm()).isCloseTo(results[0].gradientNorm(), within(1e-6));
            weightsAndGradients(model, optimizer)
                    .forEach((name, values) -> assertClose(values, accumulated.get(name), name));
        });
    }

    @Test
    void aRowOfIsolatedDocumentsIsAStepOnEachDocumentAlone() {
        int[] tokens = new Random(4).ints(41, 1, VOCABULARY).toArray();
        tokens[6] = 0;
        tokens[29] = 0;
        TrainingBatch row = new TrainingBatch(new BatchKey("c", 0, 0), 0, 0, 1, 41, tokens, 0, null);
        // Each document with the token after it, which its last token predicts.
        List<TrainingBatch> alone = List.of(span(tokens, 0, 8), span(tokens, 7, 31), span(tokens, 30, 41));
        Map<String, float[]> expected = new LinkedHashMap<>();
        StepResult[] results = new StepResult[1];
        // A weight whose gradient is nearly zero moves by a part of the rate that depends on how sums are rounded.
        withStep(0, (model, optimizer, step) -> {
            results[0] = step.apply(alone, 1e-4);
            expected.putAll(weightsAndGradients(model, optimizer));
        });

        withStep(0, (model, optimizer, step) -> {
            StepResult result = step.apply(List.of(row), 1e-4);

            assertThat(result.predicted()).isEqualTo(results[0].predicted()).isEqualTo(40);
            assertThat(result.lm()).isCloseTo(results[0].lm(), within(1e-6));
            assertThat(result.gradientNorm()).isCloseTo(results[0].gradientNorm(), within(1e-6));
            weightsAndGradients(model, optimizer)
                    .forEach((name, values) -> assertClose(values, expected.get(name), name));
        });
    }

    private static Map<String, float[]> weightsAndGradients(LanguageModel model, AdamW optimizer) {
        Map<String, float[]> result = new LinkedHashMap<>();
        model.weights().forEach((name, weight) -> {
            result.put(name, weight.toFloatArray());
            result.put("gradient of " + name, optimizer.gradient(name).toFloatArray());
        });
        return result;
    }

    private static TrainingBatch span(int[] tokens, int begin, int end) {
        return new TrainingBatch(
                new BatchKey("c", 0, begin), 0, 0, 1, end - begin, Arrays.copyOfRange(tokens, begin, end), null);
    }

    @Test
    void aTokensBatchTrainsLikeALogitsBatchWithoutDistillation() {
        TrainingBatch batch = SampleBatches.random(2, 9, VOCABULARY, 6, 1);
        Map<String, ByteBuffer> expected = new LinkedHashMap<>();
        withStep(0, (model, optimizer, step) -> {
            step.apply(List.of(batch), 1e-3);
            expected.putAll(bytes(model));
        });

        withStep(0, (model, optimizer, step) -> {
            StepResult result = step.apply(List.of(SampleBatches.withoutLogits(batch)), 1e-3);

            assertThat(result.kd()).isZero();
            assertThat(bytes(model)).isEqualTo(expected);
        });
    }

    @Test
    void aLossThatIsNotFiniteNamesItsBatchAndChangesNoWeight() {
        TrainingBatch good = SampleBatches.random(1, 5, 50, 3, 1);
        TrainingBatch bad = SampleBatches.random(1, 5, 50, 3, 2);
        bad.tokens()[0] = VOCABULARY - 1;

        withStep(0.5, (model, optimizer, step) -> {
            set(model, "model.embed_tokens.weight", (i, value) -> i / 32 == VOCABULARY - 1 ? Float.NaN : value);
            Map<String, ByteBuffer> before = bytes(model);

            assertThatThrownBy(() -> step.apply(List.of(good, bad), 1e-3))
                    .isInstanceOfSatisfying(
                            TrainingStep.NotFiniteException.class,
                            e -> assertThat(e.batch()).isSameAs(bad));

            assertThat(bytes(model)).isEqualTo(before);
            assertThat(optimizer.steps()).isZero();
            assertThat(step.apply(List.of(good), 1e-3).gradientNorm())
                    .as("the next step starts clean")
                    .isFinite();
        });
    }

    @Test
    void aGradientThatIsNotFiniteChangesNoWeight() {
        TrainingBatch batch = SampleBatches.random(1, 5, 50, 3, 1);

        withStep(0.5, (model, optimizer, step) -> {
            // What the last norm multiplies by zero has no influence on the loss, but its gradient overflows.
            set(model, "model.norm.weight", (i, value) -> i == 0 ? 0 : value);
            set(model, "lm_head.weight", (i, value) -> i % 32 == 0 ? (i / 32 % 2 == 0 ? 1e30f : -1e30f) : value);
            Map<String, ByteBuffer> before = bytes(model);

            assertThatThrownBy(() -> step.apply(List.of(batch), 1e-3))
                    .isInstanceOf(TrainingStep.NotFiniteException.class);

            assertThat(bytes(model)).isEqualTo(before);
        });
    }

    @Test
    void recomputedActivationsGiveTheSameGradientsToTheBit() {
        TrainingBatch batch = SampleBatches.random(3, 9, VOCABULARY, 6, 1);
        Map<String, ByteBuffer> expected = new LinkedHashMap<>();
        withStep(0.7, (model, optimizer, step) -> {
            step.apply(List.of(batch, batch), 1e-3);
            expected.putAll(bytes(model));
            model.weights()
                    .keySet()
                    .forEach(name -> expected.put(
                            "gradient of " + name, optimizer.gradient(name).toByteBuffer()));
        });

        try (LanguageModel model = model();
                AdamW optimizer = optimizer(model);
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        Losses.of("temperature", 2),
                        OutlierGuard.off(),
                        true,
                        Precision.FLOAT32,
                        StepEmitter.none())) {
            step.apply(List.of(batch, batch), 0.7, 1e-3);

            Map<String, ByteBuffer> recomputed = bytes(model);
            model.weights()
                    .keySet()
                    .forEach(name -> recomputed.put(
                            "gradient of " + name, optimizer.gradient(name).toByteBuffer()));
            assertThat(recomputed).isEqualTo(expected);
        }
    }

    @Test
    void theResultOfARoutedStepIsThatOfBothItsBatches() {
        TrainingBatch one = SampleBatches.random(1, 5, VOCABULARY, 6, 1);
        TrainingBatch other = SampleBatches.random(2, 9, VOCABULARY, 6, 2);
        LossConfig loss = Losses.of("routing", Map.of("by", "position", "above", 1));
        try (LanguageModel model = model();
                AdamW optimizer = optimizer(model);
                TrainingStep step = new TrainingStep(model, optimizer, loss)) {
            StepResult result = step.apply(List.of(one, other), 0.5, 1e-3);

            assertThat(result.predicted()).isEqualTo(4 + 16);
            assertThat(result.routed()).isEqualTo(2 + 12);
            assertThat(result.routedShare()).isEqualTo(0.7);
            assertThat(result.kdOfRouted()).isCloseTo(result.kd() / 0.7, within(1e-9));
            assertThat(result.lmElsewhere()).isBetween(0.2 * result.lm(), 0.4 * result.lm());
        }
    }

    @Test
    void anOutlierChangesNoWeight() {
        TrainingBatch batch = SampleBatches.random(2, 9, VOCABULARY, 6, 1);
        OutlierGuard guard = new OutlierGuard(5.0, new OutlierStatistics(1000, 0.5, 0.01, 0.1, 0.001));
        try (LanguageModel model = model();
                AdamW optimizer = optimizer(model);
                TrainingStep step = new TrainingStep(
                        model, optimizer, LossConfig.defaults(), guard, false, Precision.FLOAT32, StepEmitter.none())) {
            Map<String, ByteBuffer> before = bytes(model);

            StepResult result = step.apply(List.of(batch), 0.5, 1e-3);

            assertThat(result.skipped()).isTrue();
            assertThat(bytes(model)).isEqualTo(before);
            assertThat(optimizer.steps()).isZero();
            assertThat(guard.statistics().steps()).isEqualTo(1001);
        }
    }

    private static void assertClose(float[] actual, float[] expected, String name) {
        assertThat(actual).as(name).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i])).as(name).isLessThan(1e-6f);
        }
    }

    private interface Body {
        void run(LanguageModel model, AdamW optimizer, Step step);
    }

    private interface Step {
        StepResult apply(List<TrainingBatch> batches, double learningRate);
    }

    private static void withStep(double alpha, Body body) {
        try (LanguageModel model = model();
                AdamW optimizer = optimizer(model);
                TrainingStep step = new TrainingStep(model, optimizer, Losses.of("temperature", 2))) {
            body.run(model, optimizer, (batches, learningRate) -> step.apply(batches, alpha, learningRate));
        }
    }

    private static LanguageModel model() {
        return LanguageModels.create(SHAPE.model(VOCABULARY, 16, 0), 1, "cpu");
    }

    private static AdamW optimizer(LanguageModel model) {
        return new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
    }

    private interface Change {
        float apply(int index, float value);
    }

    private static void set(LanguageModel model, String name, Change change) {
        float[] values = model.weights().get(name).toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = change.apply(i, values[i]);
        }
        model.weights().get(name).set(values);
    }

    private static Map<String, ByteBuffer> bytes(LanguageModel model) {
        Map<String, ByteBuffer> bytes = new LinkedHashMap<>();
        model.weights().forEach((name, weight) -> bytes.put(name, weight.toByteBuffer()));
        return bytes;
    }
}
