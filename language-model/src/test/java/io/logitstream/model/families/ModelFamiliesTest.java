package io.logitstream.model.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CheckpointTest;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.layers.KeyValueCache;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.optimizer.AdamWTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Settings of the families, one by one and combined, compared with logits and gradients of transformers 5.18 in
 * float32.
 */
class ModelFamiliesTest {
    private static final Path FOLDERS = Path.of("src/test/resources/families");

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTransformers(String name) {
        Path folder = FOLDERS.resolve(name);

        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            assertThat(CheckpointTest.largestDifference(model, folder)).isLessThan(1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void savedAndLoadedAgainIsTheSameModel(String name, @TempDir Path saved) throws IOException {
        Path folder = FOLDERS.resolve(name);
        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            LanguageModels.save(model, saved, DataType.FLOAT32);
        }

        try (LanguageModel model = LanguageModels.load(saved, "cpu")) {
            assertThat(model.config()).isEqualTo(LanguageModels.config(folder));
            assertThat(CheckpointTest.largestDifference(model, folder)).isLessThan(1e-4f);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"linear-4", "mistral-window", "qwen2-window", "qwen3-window", "glm-partial-linear-4", "glm4-yarn"
            })
    void gradientsAreThoseOfTransformers(String name) {
        Path folder = FOLDERS.resolve(name);

        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                SafeTensors expected = SafeTensors.open(folder.resolve("expected.safetensors"));
                NDManager scope = model.newScope()) {
            AdamWTest.backward(model, expected.read(scope, "input_ids", DataType.INT64));

            List<String> withGradient = expected.names().stream()
                    .filter(key -> key.startsWith("gradient."))
                    .toList();
            assertThat(withGradient).hasSizeGreaterThan(model.weights().size() - 2);
            for (String key : withGradient) {
                NDArray gradient = optimizer.gradient(key.substring("gradient.".length()));
                NDArray reference = expected.read(scope, key, DataType.FLOAT32);
                float largest = Math.max(1, reference.abs().max().getFloat());
                assertThat(gradient.sub(reference).abs().max().getFloat())
                        .as(key)
                        .isLessThan(1e-4f * largest);
            }
        }
    }

    /** A prompt, a single position and the rest, over positions whose angles do not change with the length. */
    @ParameterizedTest
    @MethodSource("names")
    void logitsInPiecesThroughTheCacheAreThoseOfTransformers(String name) {
        Path folder = FOLDERS.resolve(name);
        assumeThat(name)
                .as("angles of all positions change with the length of the context")
                .isNotIn("dynamic-4", "phi3-longrope");

        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                SafeTensors expected = SafeTensors.open(folder.resolve("expected.safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);
            NDArray logits_BTV = expected.read(scope, "logits", DataType.FLOAT32);
            long positions = ids_BT.getShape().get(1);
            try (KeyValueCache cache = model.newCache(1, (int) positions)) {
                for (long begin = 0, end = 11; begin < positions; begin = end, end = end == 11 ? 12 : positions) {
                    String span = ":, " + begin + ":" + end;
                    NDArray piece_BTV = model.logitsOf(model.hidden(ids_BT.get(span), cache));
                    assertThat(piece_BTV.sub(logits_BTV.get(span)).abs().max().getFloat())
                            .as(span)
                            .isLessThan(1e-4f);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void outputsAreThoseOfTransformersInEitherPrecision(String name) {
        Path folder = FOLDERS.resolve(name);
        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                SafeTensors expected = SafeTensors.open(folder.resolve("expected.safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);
            NDArray logits_NV = expected.read(scope, "logits", DataType.FLOAT32)
                    .reshape(ids_BT.size(), -1)
                    .get(":, 0:30");

            assertThat(difference(model.outputs(ids_BT, 30), logits_NV)).isLessThan(1e-4f);
            assertThat(difference(model.outputs(ids_BT, 30, Precision.BFLOAT16), logits_NV))
                    .isBetween(1e-5f, 0.5f);
        }
    }

    private static float difference(CausalModel.Outputs outputs, NDArray logits_NV) {
        NDArray own_NV = outputs.weight_VD().isEmpty()
                ? outputs.values_N()
                : outputs.values_N().matMul(outputs.weight_VD().get(0).transpose());
        return own_NV.sub(logits_NV).abs().max().getFloat();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemma2-4", "phi3", "granite"})
    void aFamilyWhoseForwardPassIsMoreThanItsLayersIsNotTrained(String name) {
        try (LanguageModel model = LanguageModels.load(FOLDERS.resolve(name), "cpu");
                NDManager scope = model.newScope()) {
            assertThatThrownBy(
                            () -> model.forward(scope.zeros(new Shape(1, 2), DataType.INT64), false, Precision.FLOAT32))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("can teach, but cannot be trained");
        }
    }

    @Test
    void aFamilyNeverSeenIsNamedWithThoseThereAre(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gemma3\", \"hidden_size\": 8}");

        assertThatThrownBy(() -> LanguageModels.load(folder, "cpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        folder.resolve("config.json").toString(),
                        "'gemma3'",
                        "llama, mistral, qwen2, qwen3, glm, glm4, smollm3, olmo2, granite, phi3, gemma, gemma2, gemma3_text",
                        "TorchScript");
    }

    private static Stream<String> names() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDERS)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }
}
