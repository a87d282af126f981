package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.libtorch.Bfloat16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits of checkpoints, compared with those of transformers 5.18 in float32. */
public class CheckpointTest {
    private static final Path CHECKPOINTS = Path.of("src/test/resources/checkpoints");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama3-rope-tied",
                "llama-bf16-sharded",
                "mistral",
                "qwen2",
                "qwen3",
                "glm",
                "glm4",
                "smollm2-135m-instruct",
                "yarn-llama-2-7b",
                "tied-own-head"
            })
    void logitsAreThoseOfTransformers(String name) {
        Path folder = CHECKPOINTS.resolve(name);

        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            assertThat(largestDifference(model, folder)).isLessThan(1e-4f);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama3-rope-tied",
                "llama-bf16-sharded",
                "mistral",
                "qwen2",
                "qwen3",
                "glm",
                "glm4",
                "smollm2-135m-instruct",
                "yarn-llama-2-7b",
                "tied-own-head"
            })
    void savedAndLoadedAgainGivesTheSameLogits(String name, @TempDir Path saved) throws Exception {
        Path folder = CHECKPOINTS.resolve(name);
        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            LanguageModels.save(model, saved, DataType.FLOAT32);
        }

        try (LanguageModel model = LanguageModels.load(saved, "cpu")) {
            assertThat(largestDifference(model, folder)).isLessThan(1e-4f);
        }
    }

    /**
     * A model that PyTorch casts to bfloat16 as a whole also has rounded rotary frequencies, which from_pretrained
     * never does. With rounded frequencies the forward pass gives the logits of such a model.
     */
    @Test
    void logitsOfAModelCastAsAWholeDifferByItsFrequenciesAlone() {
        Path folder = CHECKPOINTS.resolve("llama-bf16-sharded");
        ModelConfig config = LanguageModels.config(folder);
        double[] rounded = config.rope().inverseFrequencies(config.headSize(), 1);
        for (int i = 0; i < rounded.length; i++) {
            ByteBuffer value = ByteBuffer.allocate(4)
                    .order(ByteOrder.nativeOrder())
                    .putFloat((float) rounded[i])
                    .flip();
            rounded[i] = Float.intBitsToFloat(Bfloat16.fromFloat32(value).getShort(0) << 16);
        }

        try (LanguageModel exact = LanguageModels.load(folder, "cpu");
                LanguageModel cast =
                        new LanguageModel(exact.newScope(), config, exact.weights(), positions -> rounded)) {
            assertThat(largestDifference(cast, folder, "expected-rounded-frequencies.safetensors"))
                    .isLessThan(1e-4f);
        }
    }

    public static float largestDifference(LanguageModel model, Path folder) {
        return largestDifference(model, folder, "expected.safetensors");
    }

    private static float largestDifference(LanguageModel model, Path folder, String file) {
        try (SafeTensors expected = SafeTensors.open(folder.resolve(file));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);
            NDArray expected_BTV = expected.read(scope, "logits", DataType.FLOAT32);
            return model.logits(ids_BT).sub(expected_BTV).abs().max().getFloat();
        }
    }
}
