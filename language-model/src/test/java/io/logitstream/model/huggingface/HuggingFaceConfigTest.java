package io.logitstream.model.huggingface;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.Log;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.config.RopeScaling;
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

        assertThat(config)
                .isEqualTo(new ModelConfig(
                        100, 32, 64, 2, 4, 4, 8, 2048, 1e-6, RopeConfig.plain(10000), false, false, false, -1));
    }

    @Test
    void nullStandsForTheDefault() throws IOException {
        ModelConfig config = read(llama().putNull("num_key_value_heads")
                .putNull("head_dim")
                .putNull("rope_scaling")
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
        RopeConfig rope = read(with(llama(), "rope_scaling", "{\"" + key + "\":\"linear\",\"factor\":4}"))
                .rope();

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

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.resolve("config.json").toString(), key, value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama   | attn_logit_softcapping  | 50.0          | key attn_logit_softcapping: 50.0",
                "llama   | final_logit_softcapping | 30.0          | key final_logit_softcapping: 30.0",
                "llama   | num_local_experts       | 8             | key num_local_experts: 8",
                "llama   | quantization_config     | {\"quant_method\":\"gptq\"} | weights quantized with gptq",
                "llama   | attention_bias          | \"yes\"       | key attention_bias: \"yes\"",
                "llama   | attention_bias          | 1             | key attention_bias: 1",
                "llama   | quantization_config     | {\"format\":\"float-quantized\"} | weights quantized with float-quantized",
                "llama   | compression_config      | {\"quant_method\":\"sparseml\"} | weights quantized with sparseml",
                "llama   | quantization            | {\"group_size\":64,\"bits\":4} | weights quantized with mlx",
                "llama   | rope_interleaved        | true          | supported is null or false",
                "llama   | use_qk_norm             | true          | supported is null or false",
                "llama   | no_rope_layers          | [1,0]         | supported is null, or 1 for each layer",
                "llama   | layer_types             | [\"full_attention\",\"sliding_attention\"]"
                        + "                                             | supported is full_attention in each layer",
                "llama   | position_embedding_type | \"alibi\"       | supported is null or \"rope\"",
                "llama   | is_causal               | false         | supported is null or true",
                "llama   | logits_scaling          | 8.0           | supported is null or 1",
                "llama   | rope_scaling            | {\"type\":\"yarn\",\"factor\":2,\"attn_factor\":2.0}"
                        + "                                             | key rope_scaling.attn_factor: 2.0",
                "llama   | rope_scaling            | {\"type\":\"longrope\",\"short_factor\":[1,1]}"
                        + "                                             | key rope_scaling.long_factor",
                "phi3    | rope_scaling            | {\"type\":\"su\",\"short_factor\":[1,1],\"long_factor\":[2,2]}"
                        + "                                             | longrope needs 4 factors for 8 rotated values",
                "smollm3 | no_rope_layers          | [1]           | key no_rope_layers: it has 1 entries for 2 layers",
                "gemma2  | hidden_activation       | \"gelu\"        | supported is gelu_pytorch_tanh",
                "gemma3_text | use_bidirectional_attention | true  | key use_bidirectional_attention: true",
                "granite | position_embedding_type | \"nope\"        | supported is null or \"rope\"",
                "llama   | partial_rotary_factor   | 0.5           | key partial_rotary_factor: 0.5",
                "llama   | rms_norm_eps            | 0             | key rms_norm_eps: 0",
                "llama   | rope_theta              | \"large\"     | key rope_theta: \"large\"",
                "llama   | rope_scaling            | 3             | key rope_scaling: 3",
                "llama   | rope_scaling            | {\"type\":\"linear\",\"factor\":2,\"mrope_section\":[2,2]}"
                        + "                                             | key rope_scaling.mrope_section: [2,2]",
                "llama   | rope_parameters         | {\"full_attention\":{\"rope_theta\":5.0}}"
                        + "                                             | key rope_parameters.full_attention: {\"rope_theta\":5.0}",
                "mistral | sliding_window          | 0             | key sliding_window: 0",
                "qwen2   | layer_types             | [\"full_attention\",\"sliding_attention\"]"
                        + "                                             | key layer_types: 'sliding_attention'",
                "qwen2   | layer_types             | [\"full_attention\"] | key layer_types: it has 1 entries for 2 layers",
                "qwen3   | layer_types             | [\"chunked\",\"full_attention\"] | key layer_types: 'chunked'",
                "qwen3   | decoder_sparse_step     | 1             | key decoder_sparse_step: 1",
                "glm     | partial_rotary_factor   | -1            | key partial_rotary_factor: -1",
                "glm4    | residual_multiplier     | 0.2           | key residual_multiplier: 0.2"
            })
    void aSettingThatIsNotSupportedIsNamedWithItsKeyAndValue(String family, String key, String value, String message)
            throws IOException {
        write(with(llama().put("model_type", family).put("num_key_value_heads", 2), key, value));

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.resolve("config.json").toString(), message);
    }

    @Test
    void bothLayoutsOfTheRopeAtOnceAreRefused() throws IOException {
        write(with(
                with(llama(), "rope_scaling", "{" + LLAMA_3 + "}"), "rope_parameters", "{\"rope_type\":\"default\"}"));

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("rope_scaling", "rope_parameters");
    }

    @Test
    void keysThatSayNothingAreNoReasonToRefuse() throws IOException {
        ObjectNode json = llama().put("use_mrope", false)
                .putNull("moe_layers")
                .put("use_cache", true)
                .put("torch_dtype", "bfloat16")
                .put("_name_or_path", "somewhere")
                .put("attention_dropout", 0.1);
        json.putArray("mlp_only_layers");

        assertThat(read(json)).isEqualTo(read(llama()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama   | is_llama_config         | true",
                "llama   | rope_interleaved        | false",
                "llama   | auto_map                | {\"A\":\"x.B\"}",
                "llama   | num_local_experts       | 1",
                "llama   | num_experts             | 0",
                "llama   | position_embedding_type | \"rope\"",
                "llama   | layer_types             | [\"full_attention\",\"full_attention\"]",
                "llama   | no_rope_layers          | [1,1]",
                "llama   | quantization_config     | {}",
                "llama   | hidden_act              | \"swish\"",
                "llama   | is_causal               | true",
                "llama   | max_position_embeddings | 2048.0",
                "llama   | embedding_multiplier    | 1.0",
                "llama   | rope_scaling            | {\"type\":\"default\",\"finetuned\":true,\"factor\":4.0}",
                "llama   | rope_scaling            | {\"rope_type\":\"default\",\"type\":\"default\",\"beta_fast\":32}"
            })
    void aKeyThatIsKnownToChangeNothingIsAccepted(String family, String key, String value) throws IOException {
        ObjectNode without = llama().put("model_type", family);

        assertThat(read(with(without.deepCopy(), key, value))).isEqualTo(read(without));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama | sliding_layers | [1]",
                "mistral | attention_bias | true",
                "qwen2 | mlp_bias | true",
                "qwen3 | some_new_key | \"x\"",
                "llama | rope_scaling.made_up | 3"
            })
    void aKeyThatNothingIsKnownAboutIsWarnedOfOnceAndIgnored(String family, String key, String value)
            throws IOException {
        ObjectNode json = llama().put("model_type", family).put("num_key_value_heads", 2);
        ModelConfig without = read(json);
        write(
                key.startsWith("rope_scaling.")
                        ? with(
                                json,
                                "rope_scaling",
                                "{\"type\":\"default\",\"" + key.substring("rope_scaling.".length()) + "\":" + value
                                        + "}")
                        : with(json, key, value));

        String log = Log.of(() -> assertThat(HuggingFaceConfig.read(folder)).isEqualTo(without));

        assertThat(log.lines())
                .singleElement(as(STRING))
                .contains(
                        folder.resolve("config.json").toString(),
                        "key " + key + " is not known for model_type " + family);
        assertThat(Log.of(() -> HuggingFaceConfig.read(folder))).isEmpty();
    }

    @Test
    void keysThatNothingIsKnownAboutShareALine() throws IOException {
        write(llama().put("one_key", 1).put("another_key", "x").put("use_cache", true));

        assertThat(Log.of(() -> HuggingFaceConfig.read(folder)).lines())
                .singleElement(as(STRING))
                .contains("keys another_key, one_key are not known");
    }

    @Test
    void eachHeadHasItsOwnKeysAndValuesWhereTheirNumberIsNull() throws IOException {
        ObjectNode json = llama().put("model_type", "mistral").put("num_attention_heads", 16);

        assertThat(read(json).keyValueHeads()).isEqualTo(8);
        assertThat(read(json.putNull("num_key_value_heads")).keyValueHeads()).isEqualTo(16);
    }

    @Test
    void theOriginalContextMayStandBesideTheRopeSettings() throws IOException {
        ObjectNode json = with(
                llama().put("max_position_embeddings", 400).put("original_max_position_embeddings", 100),
                "rope_scaling",
                "{\"type\":\"yarn\",\"original_max_position_embeddings\":77}");

        assertThat(read(json).rope().scaling())
                .isEqualTo(new RopeScaling.Yarn(4, 32, 1, 100, true, RopeScaling.Yarn.amplitude(4, 1)));
    }

    @Test
    void bothLayoutsOfTheRopeWithTheSameSettingsAreOne() throws IOException {
        ObjectNode five = with(llama(), "rope_parameters", "{" + LLAMA_3 + "}");

        assertThat(read(with(five.deepCopy(), "rope_scaling", "{" + LLAMA_3 + "}")))
                .isEqualTo(read(five));
    }

    @Test
    void slidingWindowsAreReadByTheRulesOfTheFamily() throws IOException {
        ObjectNode qwen = llama().put("model_type", "qwen2")
                .put("num_key_value_heads", 2)
                .put("sliding_window", 9)
                .put("max_window_layers", 1);
        ObjectNode mistral = llama().put("model_type", "mistral").put("num_key_value_heads", 2);

        assertThat(read(qwen).windows()).isEmpty();
        assertThat(read(qwen.put("use_sliding_window", true)).windows()).containsExactly(0, 9);
        assertThat(read(mistral).windows()).containsExactly(4096, 4096);
        assertThat(read(mistral.put("sliding_window", 5)).windows()).containsExactly(5, 5);
        assertThat(read(mistral.putNull("sliding_window")).windows()).isEmpty();
    }

    @Test
    void anotherRopeIsNamedWithItsKey() throws IOException {
        write(with(llama(), "rope_scaling", "{\"rope_type\":\"longer\",\"factor\":4}"));

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.resolve("config.json").toString(), "rope_type", "'longer'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model_type",
                "vocab_size",
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads"
            })
    void aMissingKeyIsNamed(String key) throws IOException {
        ObjectNode json = llama();
        json.remove(key);
        write(json);

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.resolve("config.json").toString(), key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"})
    void aMissingKeyOfTheRopeIsNamed(String key) throws IOException {
        write(with(llama(), "rope_scaling", "{" + LLAMA_3.replace(key + "\"", "other_" + key + "\"") + "}"));

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.resolve("config.json").toString(), key);
    }

    @ParameterizedTest
    @CsvSource({
        "num_attention_heads,0",
        "num_key_value_heads,3",
        "num_key_value_heads,0",
        "head_dim,7",
        "vocab_size,-1",
        "num_hidden_layers,0"
    })
    void sizesThatDoNotFitAreRefusedWithTheFile(String key, int value) throws IOException {
        write(llama().put(key, value));

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(folder.resolve("config.json").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"model_type\": \"lla", "[]", "\u0000\u0000"})
    void aFileThatIsNoJsonObjectIsRefusedInOneLine(String content) throws IOException {
        Files.writeString(folder.resolve("config.json"), content);

        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(folder.resolve("config.json").toString())
                .hasMessageNotContaining("\n");
    }

    @Test
    void aFolderWithoutConfigIsNamed() {
        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.resolve("config.json").toString(), "missing");
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        for (RopeScaling scaling : List.of(
                new RopeScaling.None(),
                new RopeScaling.Linear(2.5),
                new RopeScaling.Dynamic(2, 77),
                new RopeScaling.Llama3(8, 1, 4, 64),
                new RopeScaling.Yarn(4, 30, 2, 33, false, 1.25))) {
            ModelConfig config = new ModelConfig(
                    211, 48, 96, 2, 6, 2, 16, 77, 1e-5, new RopeConfig(1e6, 1, false, scaling), true, true, true, 3);

            HuggingFaceConfig.write(config, "bfloat16", folder);

            assertThat(HuggingFaceConfig.read(folder)).isEqualTo(config);
        }
    }

    private static ObjectNode llama() {
        return JSON.createObjectNode()
                .put("model_type", "llama")
                .put("hidden_act", "silu")
                .put("vocab_size", 100)
                .put("hidden_size", 32)
                .put("intermediate_size", 64)
                .put("num_hidden_layers", 2)
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
