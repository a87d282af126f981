package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.libtorch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that hold their matrices in bfloat16, compared with float32 weights that are converted for each product. */
class HeldBfloat16Test {
    private static final Path FIXTURES = Path.of("src/test/resources");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "checkpoints/llama",
                "checkpoints/llama3-rope-tied",
                "checkpoints/qwen2",
                "checkpoints/qwen3",
                "checkpoints/glm",
                "checkpoints/glm4",
                "families/mistral-window",
                "families/gemma2-4",
                "families/gemma3",
                "families/granite",
                "families/olmo2",
                "families/phi3",
                "families/smollm3"
            })
    void aFileInBfloat16GivesTheSameBitsAsItsFloat32Weights(String name) throws IOException {
        Path source = FIXTURES.resolve(name);
        Files.copy(source.resolve("config.json"), folder.resolve("config.json"));
        try (LanguageModel exact = LanguageModels.load(source, "cpu")) {
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), exact.weights(), DataType.BFLOAT16);
        }
        requireSame(folder, source.resolve("expected.safetensors"));
    }

    @Test
    void shardsInBfloat16GiveTheSameBits() {
        Path source = FIXTURES.resolve("checkpoints/llama-bf16-sharded");
        requireSame(source, source.resolve("expected.safetensors"));
    }

    private static void requireSame(Path folder, Path fixture) {
        try (LanguageModel converting = LanguageModels.load(folder, "cpu");
                LanguageModel holding = LanguageModels.load(folder, "cpu", Precision.BFLOAT16);
                SafeTensors inputs = SafeTensors.open(fixture);
                NDManager scope = converting.newScope()) {
            NDArray ids_BT = inputs.read(scope, "input_ids", DataType.INT64);
            for (int vocabulary : new int[] {converting.vocabularySize(), converting.vocabularySize() - 3}) {
                CausalModel.Outputs expected = converting.outputs(ids_BT, vocabulary, Precision.BFLOAT16);
                CausalModel.Outputs actual = holding.outputs(ids_BT, vocabulary, Precision.BFLOAT16);

                assertThat(actual.values_N().toFloatArray())
                        .isEqualTo(expected.values_N().toFloatArray());
                assertThat(actual.weight_VD()).hasSameSizeAs(expected.weight_VD());
                if (!actual.weight_VD().isEmpty()) {
                    assertThat(actual.weight_VD().get(0).getShape())
                            .isEqualTo(expected.weight_VD().get(0).getShape());
                    assertThat(holding.logitsOf(actual.values_N()).toFloatArray())
                            .isEqualTo(converting.logitsOf(expected.values_N()).toFloatArray());
                }
            }
        }
    }

    @Test
    void aLargeOutputHeadIsConvertedInPartsWithTheSameLogits() throws IOException {
        ModelConfig config = new ModelConfig(
                9_000, 1024, 64, 1, 16, 4, 64, 128, 1e-6, RopeConfig.plain(10000), true, false, false, 0);
        try (LanguageModel model = LanguageModels.create(config, 1, "cpu")) {
            LanguageModels.save(model, folder, DataType.BFLOAT16);
        }
        try (LanguageModel converting = LanguageModels.load(folder, "cpu");
                LanguageModel holding = LanguageModels.load(folder, "cpu", Precision.BFLOAT16);
                NDManager scope = converting.newScope()) {
            NDArray ids_BT =
                    scope.arange(40).mul(211).toType(DataType.INT64, true).reshape(new Shape(2, 20));
            CausalModel.Outputs expected = converting.outputs(ids_BT, 9_000, Precision.BFLOAT16);
            CausalModel.Outputs actual = holding.outputs(ids_BT, 9_000, Precision.BFLOAT16);

            assertThat(actual.values_N().toFloatArray())
                    .isEqualTo(expected.values_N().toFloatArray());
            float[] expectedLogits = converting.logitsOf(expected.values_N()).toFloatArray();
            float[] actualLogits = holding.logitsOf(actual.values_N()).toFloatArray();
            for (int i = 0; i < expectedLogits.length; i++) {
                assertThat(actualLogits[i]).isCloseTo(expectedLogits[i], within(1e-5f));
            }
        }
    }

    @Test
    void aModelInBfloat16IsNotTrainedAndHasNoCache() {
        Path source = FIXTURES.resolve("checkpoints/llama");
        try (LanguageModel holding = LanguageModels.load(source, "cpu", Precision.BFLOAT16)) {
            assertThatThrownBy(() -> holding.newCache(1, 8)).hasMessageContaining("bfloat16");
        }
    }
}
