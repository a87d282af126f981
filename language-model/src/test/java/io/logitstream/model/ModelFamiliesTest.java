package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
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

/** Settings of the families, alone and together, against logits and gradients of transformers 5.18 in float32. */
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
  @ValueSource(strings = {"linear-4", "mistral-window", "qwen2-window", "qwen3-window", "glm-partial-linear-4",
      "glm4-yarn"})
  void gradientsAreThoseOfTransformers(String name) {
    Path folder = FOLDERS.resolve(name);

    try (LanguageModel model = LanguageModels.load(folder, "cpu");
        AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
        SafeTensors expected = SafeTensors.open(folder.resolve("expected.safetensors"));
        NDManager scope = model.newScope()) {
      AdamWTest.backward(model, expected.read(scope, "input_ids", DataType.INT64));

      List<String> withGradient = expected.names().stream().filter(key -> key.startsWith("gradient.")).toList();
      assertThat(withGradient).hasSizeGreaterThan(model.weights().size() - 2);
      for (String key : withGradient) {
        NDArray gradient = optimizer.gradient(key.substring("gradient.".length()));
        NDArray reference = expected.read(scope, key, DataType.FLOAT32);
        float largest = Math.max(1, reference.abs().max().getFloat());
        assertThat(gradient.sub(reference).abs().max().getFloat()).as(key).isLessThan(1e-4f * largest);
      }
    }
  }

  @Test
  void aFamilyNeverSeenIsNamedWithThoseThereAre(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gemma3\", \"hidden_size\": 8}");

    assertThatThrownBy(() -> LanguageModels.load(folder, "cpu")).isInstanceOf(ModelException.class)
        .hasMessageContainingAll(folder.resolve("config.json").toString(), "'gemma3'",
            "llama, mistral, qwen2, qwen3, glm, glm4", "TorchScript");
  }

  private static Stream<String> names() throws IOException {
    try (Stream<Path> folders = Files.list(FOLDERS)) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
    }
  }
}
