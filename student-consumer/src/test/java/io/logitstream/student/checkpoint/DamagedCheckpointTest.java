package io.logitstream.student.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.files.FileDigests;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.ReaderState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedCheckpointTest {
    private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1);

    @TempDir
    private Path out;

    private Path checkpoint;

    @BeforeEach
    void saveACheckpoint() throws IOException {
        Checkpoints checkpoints = new Checkpoints(out, 2, null);
        try (Tokenizer tokenizer = TinyTokenizer.create(out.resolve("tokenizer"), 23);
                LanguageModel model =
                        LanguageModels.create(new StudentConfig(8, 1, 2, 1, 12, true, null).model(23, 8, 0), 1, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS)) {
            checkpoints.save(
                    model,
                    optimizer,
                    tokenizer,
                    new TrainingState(
                            new ObjectMapper().createObjectNode(),
                            5,
                            5,
                            500,
                            5000,
                            8,
                            new ReaderState(
                                    Map.of(0, 5L), 0, List.of(), 0, 0, List.of(), null, 0, 0, null, null, null, null),
                            OutlierStatistics.EMPTY,
                            null,
                            false));
        }
        checkpoint = checkpoints.latest();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "{}",
                "[]",
                "\u0000\u0000\u0000",
                "{\"step\": 5,\n \"tok",
                "{\"step\": \"five\"}",
                "{\"settings\":{},\"step\":1,\"reader\":{\"turn\":0}}",
                "{\"unknown\": 1}"
            })
    void aTrainingStateThatCannotBeReadIsOneClearLine(String content) throws IOException {
        Files.writeString(checkpoint.resolve("training.json"), content);

        assertThatThrownBy(() -> Checkpoints.state(checkpoint))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(
                        checkpoint.resolve("training.json").toString(), "remove", "continue from the one before")
                .hasMessageNotContaining("\n");
    }

    @Test
    void damagedMomentsAreNamed() throws IOException {
        Path moments = checkpoint.resolve("optimizer.safetensors");
        byte[] content = Files.readAllBytes(moments);
        Files.write(moments, Arrays.copyOf(content, content.length - 1));

        assertThatThrownBy(() -> restoreOptimizer())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(moments.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "optimizer.safetensors", "config.json", "tokenizer.json"})
    void aByteThatFlippedIsFoundWhenARunContinues(String name) throws IOException {
        Checkpoints.requireWhole(checkpoint);
        Path file = checkpoint.resolve(name);
        byte[] content = Files.readAllBytes(file);
        content[content.length - 5] ^= 1;
        Files.write(file, content);

        assertThatThrownBy(() -> Checkpoints.requireWhole(checkpoint))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(
                        checkpoint.toString(), name, "is not as it was written", "remove it to continue")
                .hasMessageNotContaining("\n");
        assertThat(Verification.of(out))
                .anySatisfy(result -> assertThat(result.differences())
                        .containsExactly(name + " is not as it was written (its SHA-256 differs)"));
    }

    @Test
    void aFileThatIsMissingIsFound() throws IOException {
        Files.delete(checkpoint.resolve("tokenizer.json"));

        assertThatThrownBy(() -> Checkpoints.requireWhole(checkpoint))
                .hasMessageContaining("tokenizer.json is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"0\" : 5','\"0\" : 6'",
        "'\"step\" : 5','\"step\" : -5'",
        "'\"tokens\" : 500','\"tokens\" : 501'",
        "'\"finished\" : false','\"finished\" : true'"
    })
    void aStateThatWasEditedIsRefused(String before, String after) throws IOException {
        Path file = checkpoint.resolve("training.json");
        String content = Files.readString(file);
        assertThat(content).contains(before);
        Files.writeString(file, content.replace(before, after));

        assertThatThrownBy(() -> Checkpoints.state(checkpoint))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(file.toString(), "is not as it was written", "continue from the one before");
    }

    @Test
    void aStateThatWasOnlyFormattedIsTheSame() throws IOException {
        Path file = checkpoint.resolve("training.json");
        Files.writeString(file, Files.readString(file).replaceAll("\\s*\n\\s*", " "));

        assertThat(Checkpoints.state(checkpoint).step()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"step\":5','\"step\":-5'",
        "'\"0\":5','\"0\":-5'",
        "'\"turn\":0','\"turn\":7'",
        "'\"updates\":5','\"updates\":6'",
        "'\"step\":5','\"step\":6'"
    })
    void anOldStateWithoutDigestsIsReadUnlessItCannotBe(String before, String after) throws IOException {
        try (InputStream old = getClass().getResourceAsStream("training-0.1.0.json")) {
            String content = new String(old.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\\s", "");
            Files.writeString(checkpoint.resolve("training.json"), content);
            TrainingState state = Checkpoints.state(checkpoint);
            assertThat(state.reader().topic()).isNull();
            assertThat(state.reader().counts()).isNull();
            Checkpoints.requireWhole(checkpoint);
            assertThat(Verification.of(checkpoint)).containsExactly(new Verification.Result(checkpoint, 0, List.of()));

            assertThat(content).contains(before);
            Files.writeString(checkpoint.resolve("training.json"), content.replace(before, after));

            assertThatThrownBy(() -> Checkpoints.state(checkpoint))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("continue from the one before");
        }
    }

    @Test
    void theListOfAnExportIsThatOfSha256sum() throws Exception {
        Path export = Files.createDirectories(out.resolve("export"));
        Files.writeString(export.resolve("a.json"), "{}");
        Files.write(export.resolve("model.safetensors"), new byte[] {1, 2, 3});
        FileDigests.write(export);
        assertThat(Files.readString(export.resolve("SHA256SUMS"))).isEqualTo("""
        44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  a.json
        039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81  model.safetensors
        """);
        assertThat(Verification.of(export)).containsExactly(new Verification.Result(export, 2, List.of()));

        Files.write(export.resolve("model.safetensors"), new byte[] {1, 2, 4});
        assertThat(Verification.of(export).get(0).differences())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("model.safetensors");

        Files.writeString(export.resolve("SHA256SUMS"), "0".repeat(64) + "  ../../etc/passwd\n");
        assertThat(Verification.of(export).get(0).differences())
                .first()
                .asString()
                .contains("not a digest followed by a file name");
    }

    private void restoreOptimizer() {
        try (LanguageModel model = LanguageModels.load(checkpoint, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS)) {
            Checkpoints.restoreOptimizer(checkpoint, optimizer, 5);
        }
    }
}
