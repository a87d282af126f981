package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peak memory of a training step over one long row. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc/self/status")
class LongContextStepTest {
    private static final int CONTEXT = 8192;
    private static final int VOCABULARY = 8000;
    private static final long SQUARE_BYTES = (long) CONTEXT * CONTEXT * Float.BYTES;
    private static final long LOGITS_BYTES = (long) CONTEXT * VOCABULARY * Float.BYTES;

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    /** The layers of Llama and Qwen 3 have a hand-written backward pass, those of GLM have autograd's. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3", "glm"})
    void aStepHoldsNothingOfTheSquareOfTheContextAndNoLogitsOfAllPositions(String family) throws IOException {
        Torch.start(1);
        Torch.recordGradients(true);
        StudentConfig shape = new StudentConfig(16, 1, 2, 1, 32, true, null).withFamily(family);
        try (LanguageModel model = LanguageModels.create(shape.model(VOCABULARY, CONTEXT, 0), 1, "cpu");
                AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
                TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults())) {
            TrainingBatch batch = SampleBatches.random(1, CONTEXT + 1, VOCABULARY, 4, 1);
            TrainingBatch small = SampleBatches.random(1, 300, VOCABULARY, 4, 1);
            step.apply(List.of(small), 0.9, 1e-3);
            long before = bytes("VmRSS:");
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");

            step.apply(List.of(batch), 0.9, 1e-3);

            assertThat(bytes("VmHWM:") - before).isLessThan(Math.min(SQUARE_BYTES, LOGITS_BYTES) / 2);
        }
    }

    private static long bytes(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .sum();
    }
}
