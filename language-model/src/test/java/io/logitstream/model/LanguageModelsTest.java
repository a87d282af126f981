package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.huggingface.WeightShapes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelsTest {
    private static final ModelConfig CONFIG =
            new ModelConfig(40, 32, 64, 2, 4, 2, 8, 16, 1e-6, RopeConfig.plain(10000), false, true, true, 0);

    @Test
    void theSameSeedGivesTheSameWeights() {
        try (LanguageModel one = LanguageModels.create(CONFIG, 7, "cpu");
                LanguageModel again = LanguageModels.create(CONFIG, 7, "cpu")) {
            assertThat(one.weights()).hasSameSizeAs(WeightShapes.shapes(CONFIG)).isNotEmpty();
            one.weights()
                    .forEach((name, weight) -> assertThat(
                                    again.weights().get(name).toFloatArray())
                            .as(name)
                            .isEqualTo(weight.toFloatArray()));
        }
    }

    @Test
    void anotherSeedGivesOtherMatrices() {
        try (LanguageModel one = LanguageModels.create(CONFIG, 7, "cpu");
                LanguageModel other = LanguageModels.create(CONFIG, 8, "cpu")) {
            one.weights().forEach((name, weight) -> {
                if (weight.getShape().dimension() == 2) {
                    assertThat(other.weights().get(name).toFloatArray())
                            .as(name)
                            .isNotEqualTo(weight.toFloatArray());
                }
            });
        }
    }

    @Test
    void newWeightsHaveTheDocumentedDistribution() {
        try (LanguageModel model = LanguageModels.create(CONFIG, 3, "cpu")) {
            model.weights().forEach((name, weight) -> {
                double expected =
                        name.contains("o_proj") || name.contains("down_proj") ? 0.02 / Math.sqrt(2 * 2) : 0.02;
                if (weight.getShape().dimension() == 2) {
                    double deviation = Math.sqrt(weight.square().mean().getFloat());
                    assertThat(deviation).as(name).isBetween(0.9 * expected, 1.1 * expected);
                } else {
                    assertThat(weight.toFloatArray()).as(name).containsOnly(name.endsWith(".bias") ? 0f : 1f);
                }
            });
        }
    }

    @Test
    void parametersAreCountedOnceEach() {
        try (LanguageModel model = LanguageModels.create(CONFIG, 3, "cpu")) {
            long values =
                    model.weights().values().stream().mapToLong(NDArray::size).sum();

            assertThat(WeightShapes.parameters(CONFIG)).isEqualTo(values);
        }
    }

    @Test
    void aMissingTensorOfACheckpointIsNamed(@TempDir Path folder) throws Exception {
        try (LanguageModel model = LanguageModels.create(CONFIG, 3, "cpu")) {
            LanguageModels.save(model, folder, DataType.FLOAT32);
            Map<String, NDArray> incomplete = new LinkedHashMap<>(model.weights());
            incomplete.remove("model.layers.1.mlp.up_proj.weight");
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), incomplete, null);
        }

        assertThatThrownBy(() -> LanguageModels.load(folder, "cpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.toString(), "tensor model.layers.1.mlp.up_proj.weight is missing");
    }

    @Test
    void aMisshapenTensorOfACheckpointIsNamed(@TempDir Path folder) throws Exception {
        try (LanguageModel model = LanguageModels.create(CONFIG, 3, "cpu")) {
            LanguageModels.save(model, folder, DataType.FLOAT32);
        }
        String config = Files.readString(folder.resolve("config.json"));
        Files.writeString(folder.resolve("config.json"), config.replace("\"vocab_size\" : 40", "\"vocab_size\" : 41"));

        assertThatThrownBy(() -> LanguageModels.load(folder, "cpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.toString(), "tensor model.embed_tokens.weight", "(40, 32)", "(41, 32)");
    }

    @Test
    void anUnknownDeviceIsNamed() {
        assertThatThrownBy(() -> LanguageModels.create(CONFIG, 3, "tpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("'tpu'");
        assertThatThrownBy(() -> LanguageModels.create(CONFIG, 3, "cuda:99"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("cuda:99");
    }
}
