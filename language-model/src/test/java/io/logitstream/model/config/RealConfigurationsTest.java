package io.logitstream.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Configurations of published models, compared with the values that transformers 5.18 reads; see
 * make_configuration_expectations.py.
 */
class RealConfigurationsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER = Path.of("src/test/resources/configurations");

    @TempDir
    private Path model;

    @ParameterizedTest(name = "{0}")
    @MethodSource("expectations")
    void settingsAreThoseOfTransformersAndNoKeyIsUnknown(String name, JsonNode expected) throws IOException {
        Files.copy(FOLDER.resolve(name + ".json"), model.resolve("config.json"));
        ModelConfig[] read = new ModelConfig[1];

        String log = Log.of(() -> read[0] = LanguageModels.config(model));

        assertThat(log).isEmpty();
        ModelConfig config = read[0];
        assertThat(config.family()).isEqualTo(expected.path("family").asText());
        assertThat(List.of(
                        config.vocabularySize(),
                        config.hiddenSize(),
                        config.feedForwardSize(),
                        config.layers(),
                        config.heads(),
                        config.keyValueHeads(),
                        config.headSize(),
                        config.maxPositions()))
                .isEqualTo(Stream.of(
                                "vocabulary",
                                "hidden",
                                "feed_forward",
                                "layers",
                                "heads",
                                "key_value_heads",
                                "head_size",
                                "positions")
                        .map(key -> expected.path(key).asInt())
                        .toList());
        assertThat(config.normEpsilon()).isEqualTo(expected.path("epsilon").asDouble());
        assertThat(config.tiedEmbeddings()).isEqualTo(expected.path("tied").asBoolean());
        assertThat(config.rope().theta()).isEqualTo(expected.path("theta").asDouble());
        assertThat(config.rope().share()).isEqualTo(expected.path("share").asDouble());
        assertThat(ropeType(config.rope().scaling()))
                .isEqualTo(expected.path("rope").asText());
        assertThat(IntStream.range(0, config.layers())
                        .map(config::window)
                        .boxed()
                        .toList())
                .isEqualTo(integers(expected.path("windows")));
        requireArithmetic(config, expected);
    }

    private static void requireArithmetic(ModelConfig config, JsonNode expected) {
        Arithmetic arithmetic = config.arithmetic();
        assertThat(arithmetic.unrotatedLayers()).isEqualTo(integers(expected.path("unrotated")));
        assertThat(arithmetic.activation().key())
                .isEqualTo(expected.path("activation").asText());
        assertThat(arithmetic.embeddingFactor())
                .isCloseTo(expected.path("embedding_factor").asDouble(), within(1e-9));
        assertThat(arithmetic.residualFactor())
                .isEqualTo(expected.path("residual_factor").asDouble());
        assertThat(arithmetic.attentionScale())
                .isCloseTo(expected.path("attention_scale").asDouble(), within(1e-12));
        assertThat(arithmetic.attentionCap())
                .isEqualTo(expected.path("attention_cap").asDouble());
        assertThat(arithmetic.logitsDivisor())
                .isEqualTo(expected.path("logits_divisor").asDouble());
        assertThat(arithmetic.logitsCap()).isEqualTo(expected.path("logits_cap").asDouble());
        assertThat(
                        arithmetic.windowedRope() == null
                                ? 0
                                : arithmetic.windowedRope().theta())
                .isEqualTo(expected.path("local_theta").asDouble());
    }

    private static String ropeType(RopeScaling scaling) {
        String name = scaling.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        return name.equals("none") ? "default" : name;
    }

    private static List<Integer> integers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }

    private static Stream<Object[]> expectations() throws IOException {
        return Files.readAllLines(FOLDER.resolve("expected.jsonl")).stream().map(line -> {
            try {
                JsonNode expected = JSON.readTree(line);
                return new Object[] {expected.path("name").asText(), expected};
            } catch (IOException e) {
                throw new IllegalStateException(line, e);
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama-3.2-1b | {\"quantization_config\":{\"quant_method\":\"bitsandbytes\",\"load_in_4bit\":true}} |"
                        + " quantized with bitsandbytes",
                "qwen2.5-0.5b | {\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4}} | quantized with awq",
                "mistral-7b-v0.3 | {\"quantization_config\":{\"quant_method\":\"gptq\",\"bits\":4}} | quantized with gptq",
                "llama-3.1-8b-instruct | {\"quantization_config\":{\"quant_method\":\"fbgemm_fp8\"}} | quantized with fbgemm_fp8",
                "qwen3-0.6b | {\"quantization\":{\"bits\":4,\"group_size\":64}} | quantized with mlx",
                "mistral-7b-v0.1 | {\"model_type\":\"mixtral\",\"num_local_experts\":8} | model_type 'mixtral' is not supported",
                "qwen3-0.6b | {\"model_type\":\"qwen3_moe\"} | model_type 'qwen3_moe' is not supported",
                "deepseek-llm-7b | {\"model_type\":\"deepseek_v3\"} | model_type 'deepseek_v3' is not supported",
                "gemma-3-1b-it | {\"model_type\":\"gemma3\"} | model_type 'gemma3' is not supported",
                "gemma-3-270m | {\"use_bidirectional_attention\":true} | key use_bidirectional_attention",
                "llama-3-8b | {\"num_local_experts\":8,\"num_experts_per_tok\":2} | key num_",
                "mistral-nemo-12b | {\"rope_parameters\":{\"rope_type\":\"yarn\",\"factor\":16.0,\"llama_4_scaling_beta\":0.1}} |"
                        + " key rope_parameters.llama_4_scaling_beta"
            })
    void aModelThatIsNotComputedIsRefusedInOneLine(String name, String more, String message) throws IOException {
        ObjectNode config =
                (ObjectNode) JSON.readTree(FOLDER.resolve(name + ".json").toFile());
        config.setAll((ObjectNode) JSON.readTree(more));
        JSON.writeValue(model.resolve("config.json").toFile(), config);

        assertThatThrownBy(() -> LanguageModels.config(model))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(model.resolve("config.json").toString(), message)
                .hasMessageNotContaining("\n");
    }
}
