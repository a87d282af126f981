package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LLAMA_3 = "\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,"
      + "\"high_freq_factor\":4.0,\"original_max_position_embeddings\":8192";

  @TempDir
  private Path folder;

  @Test
  void whatIsLeftOutHasTheDefaultsOfTransformers() throws IOException {
    ModelConfig config = read(llama());

    assertThat(config).isEqualTo(new ModelConfig(100, 32, 64, 2, 4, 4, 8, 2048, 1e-6, RopeConfig.plain(10000), false,
        false, false, -1));
  }

  @Test
  void nullStandsForTheDefault() throws IOException {
    ModelConfig config = read(llama().putNull("num_key_value_heads").putNull("head_dim").putNull("rope_scaling")
        .putNull("eos_token_id"));

    assertThat(config).isEqualTo(read(llama()));
  }

  @Test
  void ropeIsReadInTheLayoutsOfTransformers4And5() throws IOException {
    ModelConfig four = read(with(llama().put("rope_theta", 5e5), "rope_scaling", "{" + LLAMA_3 + "}"));
    ModelConfig five = read(with(llama(), "rope_parameters", "{\"rope_theta\":500000.0," + LLAMA_3 + "}"));

    assertThat(four.rope()).isEqualTo(new RopeConfig(5e5, 1, false, new RopeScaling.Llama3(8, 1, 4, 8192)));
    assertThat(five.rope()).isEqualTo(four.rope());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rope_type", "type"})
  void linearRopeStretchesEveryWavelength(String key) throws IOException {
    RopeConfig rope = read(with(llama(), "rope_scaling", "{\"" + key + "\":\"linear\",\"factor\":4}")).rope();

    double[] plain = RopeConfig.plain(10000).inverseFrequencies(8, 16);
    double[] linear = rope.inverseFrequencies(8, 16);

    for (int i = 0; i < plain.length; i++) {
      assertThat(linear[i]).isEqualTo(plain[i] / 4);
    }
  }

  @ParameterizedTest
  @CsvSource({"model_type,qwen3_moe", "hidden_act,gelu"})
  void anotherArchitectureIsNamedWithItsKey(String key, String value) throws IOException {
    write(llama().put(key, value));

    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContainingAll(folder.resolve("config.json").toString(), key, value);
  }

  @Test
  void anotherRopeIsNamedWithItsKey() throws IOException {
    write(with(llama(), "rope_scaling", "{\"rope_type\":\"longrope\",\"factor\":4}"));

    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContainingAll(folder.resolve("config.json").toString(), "rope_type", "longrope");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model_type", "hidden_act", "vocab_size", "hidden_size", "intermediate_size",
      "num_hidden_layers", "num_attention_heads"})
  void aMissingKeyIsNamed(String key) throws IOException {
    ObjectNode json = llama();
    json.remove(key);
    write(json);

    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContainingAll(folder.resolve("config.json").toString(), key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"})
  void aMissingKeyOfTheRopeIsNamed(String key) throws IOException {
    write(with(llama(), "rope_scaling", "{" + LLAMA_3.replace(key + "\"", "other_" + key + "\"") + "}"));

    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContainingAll(folder.resolve("config.json").toString(), key);
  }

  @ParameterizedTest
  @CsvSource({"num_attention_heads,0", "num_key_value_heads,3", "num_key_value_heads,0", "head_dim,7", "vocab_size,-1",
      "num_hidden_layers,0"})
  void sizesThatDoNotFitAreRefusedWithTheFile(String key, int value) throws IOException {
    write(llama().put(key, value));

    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContaining(folder.resolve("config.json").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"model_type\": \"lla", "[]", "\u0000\u0000"})
  void aFileThatIsNoJsonObjectIsRefusedInOneLine(String content) throws IOException {
    Files.writeString(folder.resolve("config.json"), content);

    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContaining(folder.resolve("config.json").toString()).hasMessageNotContaining("\n");
  }

  @Test
  void aFolderWithoutConfigIsNamed() {
    assertThatThrownBy(() -> HuggingFaceConfig.read(folder)).isInstanceOf(ModelException.class)
        .hasMessageContainingAll(folder.resolve("config.json").toString(), "missing");
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    for (RopeScaling scaling : List.of(new RopeScaling.None(), new RopeScaling.Linear(2.5),
        new RopeScaling.Dynamic(2, 77), new RopeScaling.Llama3(8, 1, 4, 64),
        new RopeScaling.Yarn(4, 30, 2, 33, false, 1.25))) {
      ModelConfig config = new ModelConfig(211, 48, 96, 2, 6, 2, 16, 77, 1e-5, new RopeConfig(1e6, 1, false, scaling),
          true, true, true, 3);

      HuggingFaceConfig.write(config, "bfloat16", folder);

      assertThat(HuggingFaceConfig.read(folder)).isEqualTo(config);
    }
  }

  private static ObjectNode llama() {
    return JSON.createObjectNode().put("model_type", "llama").put("hidden_act", "silu").put("vocab_size", 100)
        .put("hidden_size", 32).put("intermediate_size", 64).put("num_hidden_layers", 2)
        .put("num_attention_heads", 4);
  }

  private static ObjectNode with(ObjectNode json, String key, String value) throws IOException {
    json.set(key, JSON.readTree(value));
    return json;
  }

  private ModelConfig read(ObjectNode json) throws IOException {
    write(json);
    return HuggingFaceConfig.read(folder);
  }

  private void write(ObjectNode json) throws IOException {
    JSON.writeValue(folder.resolve("config.json").toFile(), json);
  }
}
