package io.logitstream.model.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.optimizer.AdamW;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers in bfloat16, compared with the same layers in float32, which other tests compare with transformers. */
class PrecisionTest {
    private static final Path FIXTURES = Path.of("src/test/resources");

    // The error of PyTorch's autocast on transformers' models of these folders is up to 0.052.
    private static final double ROUNDING = 0.06;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "checkpoints/llama",
                "checkpoints/llama3-rope-tied",
                "families/mistral-window",
                "checkpoints/qwen2",
                "checkpoints/qwen3",
                "checkpoints/glm",
                "checkpoints/glm4"
            })
    void bfloat16LayersAreCloseToFloat32OnesInValueAndGradient(String name) {
        Path folder = FIXTURES.resolve(name);
        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                SafeTensors fixture = SafeTensors.open(folder.resolve("expected.safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = fixture.read(scope, "input_ids", DataType.INT64);

            Map<String, float[]> expected = pass(model, optimizer, ids_BT, false, Precision.FLOAT32);
            Map<String, float[]> actual = pass(model, optimizer, ids_BT, false, Precision.BFLOAT16);
            Map<String, float[]> recomputed = pass(model, optimizer, ids_BT, true, Precision.BFLOAT16);

            assertThat(distance(actual, expected)).as("bfloat16 is used").isPositive();
            actual.forEach((key, values) -> assertThat(distance(Map.of(key, values), Map.of(key, expected.get(key))))
                    .as(key)
                    .isLessThan(ROUNDING));
            assertThat(distance(recomputed, actual)).as("recomputed").isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "checkpoints/llama",
                "checkpoints/llama3-rope-tied",
                "families/mistral-window",
                "checkpoints/qwen3",
                "checkpoints/glm"
            })
    void recomputationAndInferenceAreTheSameToTheBit(String name) {
        Path folder = FIXTURES.resolve(name);
        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                SafeTensors fixture = SafeTensors.open(folder.resolve("expected.safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = fixture.read(scope, "input_ids", DataType.INT64);

            Map<String, float[]> kept = pass(model, optimizer, ids_BT, false, Precision.FLOAT32);
            Map<String, float[]> recomputed = pass(model, optimizer, ids_BT, true, Precision.FLOAT32);
            float[] inferred = model.hidden(ids_BT).toFloatArray();

            assertThat(distance(recomputed, kept)).as("recomputed").isZero();
            // Teachers keep the kernels of a layer that is not fused where queries and keys have norms.
            double rounding = name.endsWith("qwen3") ? 1e-6 : 0;
            assertThat(distance(Map.of("hidden", inferred), Map.of("hidden", kept.get("hidden"))))
                    .as("inferred")
                    .isLessThanOrEqualTo(rounding);
        }
    }

    private static Map<String, float[]> pass(
            LanguageModel model, AdamW optimizer, NDArray ids_BT, boolean recompute, Precision precision) {
        Torch.recordGradients(true);
        try (NDManager scope = model.newScope()) {
            optimizer.zeroGradients();
            ForwardPass forward = model.forward(ids_BT.toType(DataType.INT64, true), recompute, precision);
            NDArray slope = scope.arange(0, (float) forward.hidden_BTD().size(), 1)
                    .mul(0.7f)
                    .sin();
            Map<String, float[]> values = new LinkedHashMap<>();
            values.put("hidden", forward.hidden_BTD().toFloatArray());
            forward.backward(slope);
            model.weights()
                    .keySet()
                    .forEach(name -> values.put(name, optimizer.gradient(name).toFloatArray()));
            return values;
        } finally {
            Torch.recordGradients(false);
        }
    }

    // Norm of the difference of all values, relative to the norm of the expected ones.
    private static double distance(Map<String, float[]> actual, Map<String, float[]> expected) {
        double difference = 0;
        double norm = 0;
        for (String key : expected.keySet()) {
            for (int i = 0; i < expected.get(key).length; i++) {
                difference += Math.pow(actual.get(key)[i] - expected.get(key)[i], 2);
                norm += Math.pow(expected.get(key)[i], 2);
            }
        }
        return norm == 0 ? difference : Math.sqrt(difference / norm);
    }
}
