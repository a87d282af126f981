package io.logitstream.model.guard;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders that claim far more than they hold: refused with one line, within seconds, before memory is allocated. */
class HostileFolderTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    @BeforeEach
    void writeModel() throws IOException {
        ModelConfig config =
                new ModelConfig(64, 16, 24, 1, 2, 1, 8, 32, 1e-6, RopeConfig.plain(10000), false, false, false, 0);
        try (LanguageModel model = LanguageModels.create(config, 5, "cpu")) {
            LanguageModels.save(model, folder, DataType.FLOAT32);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "num_hidden_layers, 1000000000, num_hidden_layers: 1000000000 is more than 4096",
        "num_hidden_layers, 4096, tensor model.layers.1.input_layernorm.weight is missing",
        "vocab_size, 2147483646, tensor model.embed_tokens.weight has shape",
        "hidden_size, 2000000000, tensor model.embed_tokens.weight has shape",
        "intermediate_size, 2147483647, has shape",
        "num_attention_heads, 2000000000, has shape",
        "num_key_value_heads, 0, keyValueHeads 0",
        "head_dim, 2000000000, has shape",
        "max_position_embeddings, 0, is not positive"
    })
    void sizesOfTheConfigurationAreHeldAgainstTheFile(String key, String value, String complaint) throws IOException {
        String config = Files.readString(folder.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replaceAll("\"" + key + "\" : \\d+", "\"" + key + "\" : " + value));

        assertRefused(complaint);
    }

    @Test
    void aHeaderOfAMillionTensorsIsRefused() throws IOException {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 900_000; i++) {
            header.append(i == 0 ? "" : ",")
                    .append("\"t")
                    .append(i)
                    .append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        writeWeights(header.append('}').toString(), 0);

        assertRefused("more than 100000 tensors");
    }

    @Test
    void aTensorOfManyDimensionsOrTwiceInTheHeaderIsRefused() throws IOException {
        writeWeights("{\"t\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(100_000) + "1],\"data_offsets\":[0,4]}}", 4);
        assertRefused("more than 8 dimensions");
        String tensor = "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        writeWeights("{" + tensor + "," + tensor + "}", 4);
        assertRefused("tensor t is in its header twice");
        writeWeights("{\"t\":" + "[".repeat(100_000) + "}", 4);
        assertRefused("its header is not JSON");
    }

    @Test
    void weightsBeyondTheMemoryOfTheMachineAreRefused() throws IOException {
        long rows = 2_000_000_000L;
        Files.writeString(
                folder.resolve("config.json"),
                Files.readString(folder.resolve("config.json"))
                        .replaceAll("\"vocab_size\" : \\d+", "\"vocab_size\" : " + rows)
                        .replace("\"hidden_size\" : 16", "\"hidden_size\" : 512"));
        long bytes = 2 * rows * 512;
        StringBuilder header = new StringBuilder("{");
        long at = 0;
        for (String matrix : new String[] {"model.embed_tokens", "lm_head"}) {
            header.append(tensor(matrix, rows + ",512", at, at += bytes)).append(',');
        }
        String layer = "model.layers.0.";
        header.append(tensor(layer + "input_layernorm", "512", at, at += 1024))
                .append(',')
                .append(tensor(layer + "self_attn.q_proj", "16,512", at, at += 16384))
                .append(',')
                .append(tensor(layer + "self_attn.k_proj", "8,512", at, at += 8192))
                .append(',')
                .append(tensor(layer + "self_attn.v_proj", "8,512", at, at += 8192))
                .append(',')
                .append(tensor(layer + "self_attn.o_proj", "512,16", at, at += 16384))
                .append(',')
                .append(tensor(layer + "post_attention_layernorm", "512", at, at += 1024))
                .append(',')
                .append(tensor(layer + "mlp.gate_proj", "24,512", at, at += 24576))
                .append(',')
                .append(tensor(layer + "mlp.up_proj", "24,512", at, at += 24576))
                .append(',')
                .append(tensor(layer + "mlp.down_proj", "512,24", at, at += 24576))
                .append(',')
                .append(tensor("model.norm", "512", at, at += 1024))
                .append('}');
        // A sparse file takes no space on disk, but its content would fill all memory.
        writeWeights(header.toString(), at);

        assertRefused("GiB in float32, but this machine has");
    }

    private static String tensor(String name, String shape, long begin, long end) {
        return "\"" + name + ".weight\":{\"dtype\":\"BF16\",\"shape\":[" + shape + "],\"data_offsets\":[" + begin + ","
                + end + "]}";
    }

    @Test
    void configurationsThatAreHugeOrNestedAreRefused() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"a\":" + "[".repeat(1_000_000));
        assertRefused("not readable as JSON");
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("config.json").toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        assertRefused("more than the limit of 16777216");
    }

    @Test
    void indexesOfShardsAreBoundedAndStayInTheFolder() throws IOException {
        Files.delete(folder.resolve("model.safetensors"));
        StringBuilder map = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            map.append(i == 0 ? "" : ",")
                    .append("\"t")
                    .append(i)
                    .append("\":\"s")
                    .append(i)
                    .append(".safetensors\"");
        }
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + map + "}}");
        assertRefused("names 100000 files, more than 2000");
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"t\":\"../../etc/passwd\"}}");
        assertRefused("which is not in its folder");
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"t\":\"a\\u0000b\\nc\"}}");
        assertRefused("which is not in its folder");
    }

    @ParameterizedTest
    @CsvSource({"2147483646", "2147483647", "99999999999", "4194304", "-5"})
    void tokenIdsOfNoVocabularyAreRefused(String id) throws IOException {
        Path file = tokenizer(id);

        assertTimeoutPreemptively(
                SOON,
                () -> assertThatThrownBy(() -> Tokenizer.load(file))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContaining(file.toString())
                        .hasMessageNotContaining("\n"));
    }

    private Path tokenizer(String id) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), """
        {"version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null,
         "added_tokens": [{"id": %s, "content": "<x>", "single_word": false, "lstrip": false, "rstrip": false,
           "normalized": false, "special": true}],
         "pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}}
        """.formatted(id));
    }

    private void assertRefused(String complaint) {
        assertTimeoutPreemptively(
                SOON,
                () -> assertThatThrownBy(
                                () -> LanguageModels.load(folder, "cpu").close())
                        .isInstanceOf(ModelException.class)
                        .hasMessageContainingAll(folder.toString(), complaint)
                        .hasMessageNotContainingAny("\n", "Exception"));
    }

    private void writeWeights(String header, long values) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            file.setLength(0);
            file.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            file.write(json);
            file.setLength(8 + json.length + values);
        }
    }
}
