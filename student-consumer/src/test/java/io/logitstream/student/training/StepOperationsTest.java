package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a step asks of a device whose operations are queued, counted on a CPU: how often the host waits for it, and how
 * many operations it starts.
 */
class StepOperationsTest {
    private static final int VOCABULARY = 97;

    // More positions than attention takes on a CPU by kernels of its own: those of a device are counted.
    private static final int LENGTH = 514;
    private static final TrainingBatch BATCH = SampleBatches.random(2, LENGTH, VOCABULARY, 6, 1);

    @BeforeEach
    void record() {
        Torch.start(1);
        Torch.recordGradients(true);
    }

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    /** Each with the most operations of a student of two layers, in float32 and in bfloat16. */
    static Stream<Arguments> steps() {
        return Stream.of(
                step("text alone", Map.of(), 0, List.of(SampleBatches.withoutLogits(BATCH)), 249, 382),
                step("nll", Map.of("kind", "nll"), 0.5, List.of(BATCH), 273, 406),
                step("kld", Map.of("kind", "kld"), 0.5, List.of(BATCH), 273, 406),
                step("mse", Map.of("kind", "mse"), 0.5, List.of(BATCH), 282, 415),
                step("mse of logits", Map.of("kind", "mse", "mseOn", "logits"), 0.5, List.of(BATCH), 272, 405),
                step("reverse kl", Map.of("kind", "reverse-kl"), 0.5, List.of(BATCH), 278, 411),
                step("jsd", Map.of("kind", "jsd"), 0.5, List.of(BATCH), 286, 419),
                step("skew kl", Map.of("kind", "skew-kl"), 0.5, List.of(BATCH), 284, 417),
                step("bucket", Map.of("tail", "bucket"), 0.5, List.of(BATCH), 301, 434),
                step("decoupled", Map.of("tail", "decoupled", "temperature", 2), 0.5, List.of(BATCH), 331, 464),
                step("support", Map.of("normalise", "support"), 0.5, List.of(BATCH), 279, 412),
                step("tempered", Map.of("temperature", 2, "temperStudent", true), 0.5, List.of(BATCH), 282, 415),
                step("wttm", Map.of("adaptiveTemperature", "wttm"), 0.5, List.of(BATCH), 275, 408),
                step(
                        "routed",
                        Map.of("routing", Map.of("by", "entropy", "aboveQuantile", 0.5)),
                        0.5,
                        List.of(BATCH),
                        278,
                        411),
                step("served", Map.of(), 0.5, List.of(SampleBatches.withoutStatistics(BATCH)), 273, 406),
                step("isolated documents", Map.of(), 0.5, List.of(isolated()), 281, 418),
                step(
                        "two batches",
                        Map.of(),
                        0.5,
                        List.of(BATCH, SampleBatches.random(3, LENGTH, VOCABULARY, 5, 2)),
                        519,
                        785));
    }

    private static Arguments step(
            String name,
            Map<String, Object> loss,
            double alpha,
            List<TrainingBatch> batches,
            int float32,
            int bfloat16) {
        return Arguments.of(
                name, loss, alpha, batches, Map.of(Precision.FLOAT32, float32, Precision.BFLOAT16, bfloat16));
    }

    // Each row has three documents of 171 tokens.
    private static TrainingBatch isolated() {
        int[] tokens =
                IntStream.of(BATCH.tokens()).map(token -> Math.max(1, token)).toArray();
        for (int end : new int[] {170, 341, LENGTH + 170, LENGTH + 341}) {
            tokens[end] = 0;
        }
        return new TrainingBatch(BATCH.key(), 0, 0, BATCH.rows(), BATCH.length(), tokens, 0, BATCH.logits());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("steps")
    void theHostReadsOnceWaitsForNoOperationAndStartsFew(
            String name,
            Map<String, Object> loss,
            double alpha,
            List<TrainingBatch> batches,
            Map<Precision, Integer> mostOperations) {
        for (Precision precision : Precision.values()) {
            RecordedOperations found =
                    operations(Losses.of(loss), alpha, batches, precision, Execution.QUEUED, 2, VOCABULARY);

            assertThat(found.reads()).as("losses and norm are read at once").isEqualTo(1);
            assertThat(found.waits()).as("%s", found.calls()).isZero();
            assertThat(found.launches()).as("%s", found.calls()).isLessThanOrEqualTo(mostOperations.get(precision));
        }
    }

    @Test
    void aLayerStartsFewOperations() {
        assertThat(operationsOfALayer(Precision.FLOAT32)).isLessThanOrEqualTo(74);
        assertThat(operationsOfALayer(Precision.BFLOAT16)).isLessThanOrEqualTo(139);
    }

    private static int operationsOfALayer(Precision precision) {
        LossConfig loss = LossConfig.defaults();
        return operations(loss, 0.5, List.of(BATCH), precision, Execution.QUEUED, 3, VOCABULARY)
                        .launches()
                - operations(loss, 0.5, List.of(BATCH), precision, Execution.QUEUED, 2, VOCABULARY)
                        .launches();
    }

    @Test
    void aLargeVocabularyIsOneTile() {
        TrainingBatch large = SampleBatches.random(2, LENGTH, 20_000, 6, 1);

        RecordedOperations found =
                operations(Losses.of(Map.of()), 0.5, List.of(large), Precision.FLOAT32, Execution.QUEUED, 2, 20_000);

        assertThat(found.launches())
                .isEqualTo(operations(
                                Losses.of(Map.of()),
                                0.5,
                                List.of(BATCH),
                                Precision.FLOAT32,
                                Execution.QUEUED,
                                2,
                                VOCABULARY)
                        .launches());
    }

    private static RecordedOperations operations(
            LossConfig loss,
            double alpha,
            List<TrainingBatch> batches,
            Precision precision,
            Execution execution,
            int layers,
            int vocabulary) {
        StudentConfig shape = new StudentConfig(32, layers, 4, 2, 64, false, null);
        try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, LENGTH - 1, 0), 1, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        loss,
                        OutlierGuard.off(),
                        false,
                        precision,
                        StepEmitter.none(),
                        vocabulary,
                        execution)) {
            step.apply(batches, alpha, 1e-3);
            return RecordedOperations.of(() -> step.apply(batches, alpha, 1e-3));
        }
    }
}
