package io.logitstream.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelWeightsTest {
    private final NDManager scope = Torch.newScope("cpu");

    @TempDir
    private Path outside;

    private Path folder;

    @BeforeEach
    void writeTwoShards() throws IOException {
        folder = Files.createDirectory(outside.resolve("model"));
        SafeTensorsWriter.write(folder.resolve("b.safetensors"), Map.of("y", scope.ones(new Shape(3))), null);
        SafeTensorsWriter.write(folder.resolve("a.safetensors"), Map.of("x", scope.ones(new Shape(2))), null);
        index("b.safetensors", "a.safetensors");
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    @Test
    void tensorsComeFromAllShards() {
        try (ModelWeights weights = ModelWeights.open(folder)) {
            assertThat(weights.read(scope, "x", new Shape(2)).toFloatArray()).containsOnly(1);
            assertThat(weights.read(scope, "y", new Shape(3)).toFloatArray()).containsOnly(1);
            assertThatThrownBy(() -> weights.read(scope, "z", new Shape(3)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(folder.toString(), "tensor z is missing");
            assertThatThrownBy(() -> weights.read(scope, "y", new Shape(4)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("b.safetensors", "tensor y", "(3)", "(4)");
        }
    }

    @Test
    void theHashIsThatOfAllShardsInTheOrderOfTheirNames() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Files.readAllBytes(folder.resolve("a.safetensors")));
        digest.update(Files.readAllBytes(folder.resolve("b.safetensors")));
        String expected = HexFormat.of().formatHex(digest.digest());

        assertThat(ModelWeights.hash(folder)).isEqualTo(expected);

        SafeTensorsWriter.write(folder.resolve("b.safetensors"), Map.of("y", scope.zeros(new Shape(3))), null);
        assertThat(ModelWeights.hash(folder)).isNotEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.safetensors",
                "../model2/secret.safetensors",
                "absent.safetensors",
                "",
                ".",
                "a\\u0000.safetensors",
                "../../secret.safetensors"
            })
    void aShardThatIsNotInTheFolderIsRefused(String name) throws IOException {
        Files.copy(folder.resolve("a.safetensors"), outside.resolve("secret.safetensors"));
        Files.createDirectory(outside.resolve("model2"));
        Files.copy(folder.resolve("a.safetensors"), outside.resolve("model2/secret.safetensors"));
        index("b.safetensors", name);

        assertRefused(folder);
    }

    @Test
    void anAbsolutePathOfAShardIsRefused() throws IOException {
        Path secret = Files.copy(folder.resolve("a.safetensors"), outside.resolve("secret.safetensors"));
        index("b.safetensors", secret.toString());

        assertRefused(folder);
    }

    @Test
    void aRelativeFolderIsHeldAgainstTheSameLimit() throws IOException {
        Path relative = Path.of("").toAbsolutePath().relativize(folder);

        assertThat(ModelWeights.hash(relative)).isEqualTo(ModelWeights.hash(folder));

        Files.copy(folder.resolve("a.safetensors"), outside.resolve("secret.safetensors"));
        index("b.safetensors", "../secret.safetensors");
        assertRefused(relative);
    }

    @Test
    void theParentFolderAsFolderIsNoWayOut() throws IOException {
        Path secret = Files.copy(folder.resolve("a.safetensors"), outside.resolve("secret.safetensors"));
        Path parent = Path.of("..");
        String name = parent.toAbsolutePath()
                .normalize()
                .relativize(secret.toAbsolutePath())
                .toString();

        assertThat(parent.resolve(name)).isRegularFile();
        assertThatThrownBy(() -> ModelWeights.shard(parent, parent.resolve("model.safetensors.index.json"), name))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("not in its folder");
    }

    @Test
    void anIndexThatIsNoJsonIsRefusedInOneLine() throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\n\"x\": ");

        assertThatThrownBy(() -> ModelWeights.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("model.safetensors.index.json")
                .hasMessageNotContaining("\n");
    }

    @Test
    void aFolderWithOtherFormatsOnlyIsRefused() throws IOException {
        Path pickled = Files.createDirectory(outside.resolve("pickled"));
        Files.write(pickled.resolve("pytorch_model.bin"), new byte[10]);

        assertThatThrownBy(() -> ModelWeights.open(pickled))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(pickled.toString(), "model.safetensors");
    }

    private static void assertRefused(Path folder) {
        assertThatThrownBy(() -> ModelWeights.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("model.safetensors.index.json", "not in its folder");
        assertThatThrownBy(() -> ModelWeights.hash(folder)).isInstanceOf(ModelException.class);
    }

    private void index(String fileOfY, String fileOfX) throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"y\": \"" + fileOfY + "\", \"x\": \"" + fileOfX + "\"}}");
    }
}
