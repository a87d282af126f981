package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.LossWeights;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Steps that are read late, as on a GPU, on a CPU. */
class QueuedStepTest {
    private static final int VOCABULARY = 97;
    private static final LossWeights WEIGHTS = LossWeights.of(0.5);

    @BeforeEach
    void record() {
        Torch.start(1);
        Torch.recordGradients(true);
    }

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    private interface Body {
        void run(LanguageModel model, AdamW optimizer, TrainingStep step);
    }

    private static void withStep(Execution execution, OutlierGuard guard, Body body) {
        StudentConfig shape = new StudentConfig(32, 2, 4, 2, 64, false, null);
        try (LanguageModel model = LanguageModels.create(shape.model(VOCABULARY, 16, 0), 1, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        Losses.of("temperature", 2),
                        guard,
                        false,
                        Precision.FLOAT32,
                        StepEmitter.none(),
                        VOCABULARY,
                        execution)) {
            body.run(model, optimizer, step);
        }
    }

    @Test
    void stepsThatAreReadAfterTheNextOneAreThoseThatAreReadAtOnce() {
        List<List<TrainingBatch>> batches = List.of(
                List.of(SampleBatches.random(2, 9, VOCABULARY, 6, 1)),
                List.of(SampleBatches.random(1, 9, VOCABULARY, 4, 2), SampleBatches.random(2, 5, VOCABULARY, 6, 3)),
                List.of(SampleBatches.random(3, 7, VOCABULARY, 5, 4)));
        List<StepResult> expected = new ArrayList<>();
        Map<String, float[]> weights = new LinkedHashMap<>();
        withStep(Execution.IMMEDIATE, OutlierGuard.off(), (model, optimizer, step) -> {
            batches.forEach(of -> expected.add(step.apply(of, 0.5, 1e-3)));
            model.weights().forEach((name, weight) -> weights.put(name, weight.toFloatArray()));
        });

        withStep(Execution.QUEUED, OutlierGuard.off(), (model, optimizer, step) -> {
            List<QueuedStep> queued = batches.stream()
                    .map(of -> step.queue(of, WEIGHTS, 1e-3, () -> {}))
                    .toList();
            for (int i = 0; i < queued.size(); i++) {
                try (QueuedStep one = queued.get(i)) {
                    assertThat(one.isRead()).isFalse();
                    assertThat(one.predicted()).isEqualTo(expected.get(i).predicted());
                    assertThat(one.result().lm()).isCloseTo(expected.get(i).lm(), within(1e-5));
                    assertThat(one.result().kd()).isCloseTo(expected.get(i).kd(), within(1e-5));
                    assertThat(one.result().gradientNorm())
                            .isCloseTo(expected.get(i).gradientNorm(), within(1e-5));
                }
            }
            assertThat(optimizer.steps()).isEqualTo(3);
            model.weights().forEach((name, weight) -> {
                float[] values = weight.toFloatArray();
                for (int i = 0; i < values.length; i++) {
                    assertThat(values[i]).as(name).isCloseTo(weights.get(name)[i], within(2e-4f));
                }
            });
        });
    }

    @Test
    void afterALossThatIsNotFiniteNoStepChangesAWeight() {
        TrainingBatch good = SampleBatches.random(1, 5, 50, 3, 1);
        TrainingBatch bad = SampleBatches.random(1, 5, 50, 3, 2);
        bad.tokens()[0] = VOCABULARY - 1;

        withStep(Execution.QUEUED, OutlierGuard.off(), (model, optimizer, step) -> {
            float[] embedding = model.weights().get("model.embed_tokens.weight").toFloatArray();
            embedding[embedding.length - 1] = Float.NaN;
            model.weights().get("model.embed_tokens.weight").set(embedding);
            Map<String, ByteBuffer> before = bytes(model);

            try (QueuedStep faulty = step.queue(List.of(good, bad), WEIGHTS, 1e-3, () -> {});
                    QueuedStep next = step.queue(List.of(good), WEIGHTS, 1e-3, () -> {})) {
                assertThat(bytes(model)).isEqualTo(before);
                assertThatThrownBy(faulty::result)
                        .isInstanceOfSatisfying(
                                TrainingStep.NotFiniteException.class,
                                e -> assertThat(e.batch()).isSameAs(bad));
                assertThat(next.result().lm()).isFinite();
            }
        });
    }

    @Test
    void aStepThatTheHostHasToJudgeIsReadBeforeTheUpdate() {
        TrainingBatch batch = SampleBatches.random(2, 9, VOCABULARY, 6, 1);
        OutlierGuard guard = new OutlierGuard(5.0, new OutlierStatistics(1000, 0.5, 0.01, 0.1, 0.001));

        withStep(Execution.QUEUED, guard, (model, optimizer, step) -> {
            Map<String, ByteBuffer> before = bytes(model);

            try (QueuedStep queued = step.queue(List.of(batch), WEIGHTS, 1e-3, () -> {})) {
                assertThat(queued.isRead()).isTrue();
                assertThat(queued.result().skipped()).isTrue();
            }
            assertThat(bytes(model)).isEqualTo(before);
        });
    }

    private static Map<String, ByteBuffer> bytes(LanguageModel model) {
        Map<String, ByteBuffer> bytes = new LinkedHashMap<>();
        model.weights().forEach((name, weight) -> bytes.put(name, weight.toByteBuffer()));
        return bytes;
    }
}
