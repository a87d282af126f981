package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.checkpoint.TinyTokenizer;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.RunSettings;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps whose matrix products are in bfloat16, on a CPU. */
class Bfloat16StepTest {
    private static final int VOCABULARY = 97;
    private static final List<TrainingBatch> FIRST =
            List.of(SampleBatches.random(4, 17, VOCABULARY, 6, 1), SampleBatches.random(4, 17, VOCABULARY, 6, 2));
    private static final List<TrainingBatch> SECOND = List.of(SampleBatches.random(4, 17, VOCABULARY, 6, 3));

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

    @ParameterizedTest
    @CsvSource({"kind,kld,0.9", "kind,nll,0.9", "tail,bucket,0.9", "kind,jsd,0.9", "kind,kld,0"})
    void lossAndGradientsAreCloseToThoseInFloat32(String key, String value, double alpha) {
        LossConfig loss = Losses.of(key, value);
        try (Student exact = new Student(model(), loss, Precision.FLOAT32, false);
                Student rounded = new Student(model(), loss, Precision.BFLOAT16, false)) {
            StepResult expected = exact.step.apply(FIRST, alpha, 1e-3);
            StepResult actual = rounded.step.apply(FIRST, alpha, 1e-3);

            assertThat(actual.lm()).isCloseTo(expected.lm(), within(5e-3)).isNotEqualTo(expected.lm());
            assertThat(actual.kd()).isCloseTo(expected.kd(), within(5e-3));
            assertThat(actual.gradientNorm())
                    .isCloseTo(expected.gradientNorm(), within(0.02 * expected.gradientNorm()));
            exact.model.weights().forEach((name, weight) -> {
                assertThat(rounded.model.weights().get(name).getDataType()).isEqualTo(DataType.FLOAT32);
                assertThat(rounded.optimizer.gradient(name).getDataType()).isEqualTo(DataType.FLOAT32);
                assertThat(distance(
                                rounded.optimizer.gradient(name).toFloatArray(),
                                exact.optimizer.gradient(name).toFloatArray()))
                        .as(name)
                        .isLessThan(0.04);
            });
        }
    }

    @Test
    void learningABatchWorksAsInFloat32() {
        try (Student exact = new Student(model(), LossConfig.defaults(), Precision.FLOAT32, false);
                Student rounded = new Student(model(), LossConfig.defaults(), Precision.BFLOAT16, false)) {
            double expected = 0;
            double actual = 0;
            for (int i = 0; i < 60; i++) {
                expected = exact.step.apply(SECOND, 0.5, 1e-2).lm();
                actual = rounded.step.apply(SECOND, 0.5, 1e-2).lm();
            }

            assertThat(expected).isLessThan(3.5);
            assertThat(actual).isCloseTo(expected, within(0.05));
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void twoStepsAreTheSameBitsAgainAlsoWhenResumedOrRecomputed(boolean recompute) throws Exception {
        Map<String, ByteBuffer> uninterrupted;
        try (Student student = new Student(model(), LossConfig.defaults(), Precision.BFLOAT16, false)) {
            student.step.apply(FIRST, 0.9, 1e-3);
            LanguageModels.save(student.model, folder, DataType.FLOAT32);
            SafeTensorsWriter.write(folder.resolve("moments"), student.optimizer.state(), DataType.FLOAT32);
            student.step.apply(SECOND, 0.9, 1e-3);
            uninterrupted = student.bytes();
        }

        try (Student again = new Student(model(), LossConfig.defaults(), Precision.BFLOAT16, recompute)) {
            again.step.apply(FIRST, 0.9, 1e-3);
            again.step.apply(SECOND, 0.9, 1e-3);

            assertThat(again.bytes()).isEqualTo(uninterrupted);
        }
        try (Student resumed = new Student(
                        LanguageModels.load(folder, "cpu"), LossConfig.defaults(), Precision.BFLOAT16, recompute);
                SafeTensors moments = SafeTensors.open(folder.resolve("moments"))) {
            resumed.optimizer.restore(moments, 1);
            resumed.step.apply(SECOND, 0.9, 1e-3);

            assertThat(resumed.bytes()).isEqualTo(uninterrupted);
        }
    }

    @Test
    void aCheckpointOfAnotherPrecisionIsOfAnotherRun() throws Exception {
        ObjectMapper json = new ObjectMapper();
        TrainingConfig rounded = json.readValue("{\"precision\":\"bfloat16\"}", TrainingConfig.class);
        try (Tokenizer tokenizer = TinyTokenizer.create(folder.resolve("tokenizer"), 23)) {
            TrainingJob now = job(tokenizer, rounded);
            TrainingJob before = job(tokenizer, TrainingConfig.defaults());

            assertThatThrownBy(() -> RunSettings.requireSame(
                            now.settings(100, null, null), before.settings(100, null, null), "checkpoint"))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("training.precision was float32 and is now bfloat16");
        }
    }

    private static TrainingJob job(Tokenizer tokenizer, TrainingConfig training) {
        return new TrainingJob(
                "logits",
                List.of("logits"),
                "g",
                Path.of("out"),
                tokenizer,
                StudentConfig.of(null),
                training,
                LossConfig.defaults(),
                "cpu",
                DataType.FLOAT32,
                null);
    }

    private record Student(LanguageModel model, AdamW optimizer, TrainingStep step) implements AutoCloseable {
        Student(LanguageModel model, LossConfig loss, Precision precision, boolean recompute) {
            this(model, new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1)), loss, precision, recompute);
        }

        private Student(LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision, boolean recompute) {
            this(
                    model,
                    optimizer,
                    new TrainingStep(
                            model, optimizer, loss, OutlierGuard.off(), recompute, precision, StepEmitter.none()));
        }

        Map<String, ByteBuffer> bytes() {
            Map<String, ByteBuffer> bytes = new LinkedHashMap<>();
            model.weights().forEach((name, weight) -> bytes.put(name, weight.toByteBuffer()));
            return bytes;
        }

        @Override
        public void close() {
            step.close();
            optimizer.close();
            model.close();
        }
    }

    private static LanguageModel model() {
        return LanguageModels.create(
                new StudentConfig(32, 2, 4, 2, 64, false, null).model(VOCABULARY, 16, 0), 1, "cpu");
    }

    // Relative to the expected values' norm.
    private static double distance(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }
}
