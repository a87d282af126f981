package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.SampleBatches;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Students that start from checkpoints of each family, whose logits are those of transformers. */
class CheckpointStartTest {
    private static final Path CHECKPOINTS = Path.of("../language-model/src/test/resources/checkpoints");

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
    @ValueSource(
            strings = {"llama", "llama-bf16-sharded", "llama3-rope-tied", "mistral", "qwen2", "qwen3", "glm", "glm4"})
    void aStepWithLearningRateZeroExportsTheLogitsOfTheStart(String name, @TempDir Path exported) throws Exception {
        Path start = CHECKPOINTS.resolve(name);
        ModelConfig shape = LanguageModels.config(start);
        TrainingConfig training = TrainingConfig.defaults();

        try (LanguageModel student = StudentStart.load(StudentConfig.from(start.toString()), 16, 3, "cpu");
                AdamW optimizer = new AdamW(student, training.optimizer());
                TrainingStep step = new TrainingStep(student, optimizer, LossConfig.defaults())) {
            step.apply(List.of(SampleBatches.random(2, 17, shape.vocabularySize(), 5, 1)), 0.9, 0);
            Torch.recordGradients(false);
            LanguageModels.save(student, exported, DataType.FLOAT32);
        }

        assertThat(LanguageModels.config(exported)).isEqualTo(shape.withEndOfText(3));
        try (LanguageModel student = LanguageModels.load(exported, "cpu");
                SafeTensors expected = SafeTensors.open(start.resolve("expected.safetensors"));
                NDManager scope = student.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);
            NDArray expected_BTV = expected.read(scope, "logits", DataType.FLOAT32);
            assertThat(student.logits(ids_BT).sub(expected_BTV).abs().max().getFloat())
                    .isLessThan(1e-5f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "glm", "glm4"})
    void aStudentOfEachFamilyWithRandomWeightsLearnsAndIsExportedAsThatFamily(String family, @TempDir Path exported)
            throws Exception {
        ModelConfig shape = new StudentConfig(32, 2, 4, 2, 64, false, null)
                .withFamily(family)
                .model(50, 16, 0);
        assertThat(shape.family()).isEqualTo(family);
        assertThat(shape.biases().queryKeyValue())
                .isEqualTo(List.of("qwen2", "glm", "glm4").contains(family));
        assertThat(shape.rope().pairs()).isEqualTo(family.startsWith("glm"));

        try (LanguageModel student = LanguageModels.create(shape, 1, "cpu");
                AdamW optimizer = new AdamW(student, TrainingConfig.defaults().optimizer());
                TrainingStep step = new TrainingStep(student, optimizer, Losses.of("temperature", 1))) {
            var batch = SampleBatches.random(2, 17, 50, 5, 1);
            double first = step.apply(List.of(batch), 0.9, 3e-3).lm();
            double last = first;
            for (int i = 0; i < 30; i++) {
                last = step.apply(List.of(batch), 0.9, 3e-3).lm();
            }
            assertThat(last).isLessThan(first - 0.2);
            Torch.recordGradients(false);
            LanguageModels.save(student, exported, DataType.FLOAT32);
        }

        assertThat(LanguageModels.check(exported, "cpu")).isEqualTo(shape);
    }
}
