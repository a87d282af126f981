package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.LossWeights;
import io.logitstream.student.metrics.MetricsLog;
import io.logitstream.student.metrics.StepMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepReportsTest {
    private static final int VOCABULARY = 97;
    private static final LossWeights WEIGHTS = LossWeights.of(0.9);

    private final List<StepMetrics> heard = new ArrayList<>();
    private final List<Long> lags = new ArrayList<>();

    @TempDir
    private Path folder;

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
        void run(TrainingStep step, StepReports reports);
    }

    private void withReports(Execution execution, Body body) {
        StudentConfig shape = new StudentConfig(32, 1, 4, 2, 64, true, null);
        TrainingJob job = new TrainingJob(
                "logits",
                List.of("logits"),
                "group",
                folder,
                null,
                shape,
                TrainingConfig.defaults(),
                LossConfig.defaults(),
                "cpu",
                DataType.FLOAT32,
                null);
        TrainingListener listener = new TrainingListener() {
            @Override
            public void onStep(StepMetrics metrics, long lag) {
                heard.add(metrics);
                lags.add(lag);
            }
        };
        try (LanguageModel model = LanguageModels.create(shape.model(VOCABULARY, 16, 0), 1, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        LossConfig.defaults(),
                        OutlierGuard.off(),
                        false,
                        Precision.FLOAT32,
                        StepEmitter.none(),
                        VOCABULARY,
                        execution);
                MetricsLog log = new MetricsLog(job.folder().metrics(), 0);
                StepReports reports = new StepReports(job, 1000, () -> 50, null, log, listener)) {
            body.run(step, reports);
        }
    }

    private static StepReports.Step step(TrainingStep step, long number, TrainingBatch batch) {
        List<TrainingBatch> batches = List.of(batch);
        QueuedStep queued = step.queue(batches, WEIGHTS, 1e-3, () -> {});
        return new StepReports.Step(number, 16 * number, 0, WEIGHTS, 1e-3, batches, queued);
    }

    @Test
    void aStepThatIsReadLateIsReportedAfterTheNextOneHasBeenQueued() throws Exception {
        withReports(Execution.QUEUED, (step, reports) -> {
            reports.add(step(step, 1, SampleBatches.random(2, 9, VOCABULARY, 6, 1)));
            assertThat(heard).isEmpty();

            reports.add(step(step, 2, SampleBatches.random(2, 9, VOCABULARY, 6, 2)));
            assertThat(heard).extracting(StepMetrics::step).containsExactly(1L);

            reports.finish(null);
            reports.finish(null);
        });

        assertThat(heard).extracting(StepMetrics::step).containsExactly(1L, 2L);
        assertThat(heard).extracting(StepMetrics::tokens).containsExactly(16L, 32L);
        assertThat(heard).allSatisfy(metrics -> assertThat(metrics.loss()).isBetween(1.0, 6.0));
        assertThat(lags)
                .as("batches left of the budget, before those of the topic")
                .containsExactly(50L, 50L);
        assertThat(Files.readAllLines(new StudentFolder(folder).metrics())).hasSize(2);
    }

    @Test
    void aLossThatIsNotFiniteNamesTheStepAndTheBatch() {
        TrainingBatch bad = SampleBatches.random(2, 9, VOCABULARY, 6, 1);
        bad.logits().tailMass()[0] = Float.NaN;
        for (int j = 0; j < bad.logits().offsets()[1]; j++) {
            bad.logits().logProbs()[j] = Float.NaN;
        }

        withReports(Execution.QUEUED, (step, reports) -> {
            reports.add(step(step, 7, bad));

            assertThatThrownBy(() -> reports.add(step(step, 8, SampleBatches.random(2, 9, VOCABULARY, 6, 2))))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("step 7: the loss or its gradient is not finite at logits-0@1")
                    .hasMessageContaining("there is no checkpoint yet");
        });

        assertThat(heard).isEmpty();
    }
}
