package io.logitstream.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.Repository;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits of reference checkpoints; expected values come from another implementation. */
class LogitsCommandIT {
    private static final Path CHECKPOINTS = Repository.root().resolve("language-model/src/test/resources/checkpoints");

    @TempDir
    private Path folder;

    private NDManager scope;

    @BeforeEach
    void openScope() {
        scope = Torch.newScope("cpu");
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama3-rope-tied",
                "llama-bf16-sharded",
                "smollm2-135m-instruct",
                "yarn-llama-2-7b",
                "tied-own-head"
            })
    void logitsAgreeWithTheReference(String checkpoint) {
        Path expected = CHECKPOINTS.resolve(checkpoint).resolve("expected.safetensors");

        CliCall.run(logits(CHECKPOINTS.resolve(checkpoint), expected)).requireSuccess();

        try (SafeTensors wanted = SafeTensors.open(expected);
                SafeTensors written = SafeTensors.open(out())) {
            NDArray wanted_BTV = wanted.read(scope, "logits", DataType.FLOAT32);
            NDArray written_BTV = written.read(scope, "logits", DataType.FLOAT32);
            assertThat(written_BTV.getShape()).isEqualTo(wanted_BTV.getShape());
            assertThat(written_BTV.sub(wanted_BTV).abs().max().getFloat()).isLessThan(1e-4f);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1_000_000})
    void anIdOutsideOfTheVocabularyIsRefused(long id) throws IOException {
        Path ids = write("input_ids", scope.create(new long[] {1, id}, new Shape(1, 2)));

        CliCall call = CliCall.run(logits(CHECKPOINTS.resolve("llama"), ids));

        call.requireFailure(2, ids.toString(), Long.toString(id), "vocabulary");
        assertThat(out()).doesNotExist();
    }

    @Test
    void aContextLongerThanTheModelsIsRefused() throws IOException {
        Path ids = write("input_ids", scope.zeros(new Shape(1, 129), DataType.INT64));

        CliCall.run(logits(CHECKPOINTS.resolve("llama"), ids))
                .requireFailure(2, ids.toString(), "129 positions", "128", "max_position_embeddings");
        assertThat(out()).doesNotExist();
    }

    @Test
    void idsOfAnotherShapeAreRefused() throws IOException {
        Path ids = write("input_ids", scope.create(new long[] {1, 2}));

        CliCall.run(logits(CHECKPOINTS.resolve("llama"), ids)).requireFailure(2, ids.toString(), "instead of [B,T]");
    }

    @Test
    void aFileWithoutIdsIsRefused() throws IOException {
        Path ids = write("tokens", scope.create(new long[] {1, 2}, new Shape(1, 2)));

        CliCall.run(logits(CHECKPOINTS.resolve("llama"), ids)).requireFailure(1, ids.toString(), "input_ids");
    }

    @Test
    void missingFilesAreNamed() throws IOException {
        Path nowhere = folder.resolve("nowhere");
        Path noTensors = Files.writeString(folder.resolve("ids.txt"), "1 2 3");

        CliCall.run(logits(CHECKPOINTS.resolve("llama"), nowhere)).requireFailure(2, "ids file " + nowhere);
        CliCall.run(logits(nowhere, noTensors)).requireFailure(2, "model " + nowhere);
        CliCall.run(logits(CHECKPOINTS.resolve("llama"), noTensors)).requireFailure(1, noTensors.toString());
    }

    private Path write(String name, NDArray tensor) throws IOException {
        Path file = folder.resolve("ids.safetensors");
        SafeTensorsWriter.write(file, Map.of(name, tensor), null);
        return file;
    }

    private String[] logits(Path model, Path ids) {
        return new String[] {"logits", "--model", model.toString(), "--ids", ids.toString(), "--out", out().toString()};
    }

    private Path out() {
        return folder.resolve("logits.safetensors");
    }
}
