package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checkpoints of versions whose default temperature was 1. The file is that of a run of {@code distill} that was stopped
 * at step 44.
 */
class EarlierCheckpointTest {
    private static final Path STATE = Path.of("src/test/resources/earlier-checkpoint/training.json");

    @TempDir
    private Path out;

    @Test
    void aRunDoesNotChangeItsTemperatureOnTheWay() throws IOException {
        try (Tokenizer tokenizer = tokenizer()) {
            TrainingJob job = job(tokenizer, LossConfig.defaults());

            assertThat(job.continues()).isFalse();
            assertThatThrownBy(() -> ResumePoint.of(job, () -> 401_408))
                    .isInstanceOf(UsageException.class)
                    .hasMessageEndingWith(
                            "step-000000044 belongs to a run with other settings: loss.temperature was 1.0"
                                    + " and is now 2.0; continue it with --set loss.temperature=1.0, choose another output"
                                    + " folder, or remove this one");
        }
    }

    @Test
    void itContinuesWithTheTemperatureThatTheMessageNames() throws IOException {
        try (Tokenizer tokenizer = tokenizer()) {
            TrainingJob job = job(tokenizer, Losses.of("temperature", 1.0));

            assertThat(job.continues()).isTrue();
            assertThat(ResumePoint.of(job, () -> 401_408).step()).isEqualTo(44);
        }
    }

    private static Tokenizer tokenizer() {
        return Tokenizer.load(Path.of("../teachers/java-4m"));
    }

    private TrainingJob job(Tokenizer tokenizer, LossConfig loss) throws IOException {
        Path checkpoint = Files.createDirectories(out.resolve("checkpoints/step-000000044"));
        Files.copy(STATE, checkpoint.resolve("training.json"));
        return new TrainingJob(
                "logits",
                List.of("logits"),
                "g",
                out,
                tokenizer,
                StudentConfig.of(null),
                TrainingConfig.defaults(),
                loss,
                "cpu",
                DataType.FLOAT32,
                null);
    }
}
