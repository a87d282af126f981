package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.checkpoint.TinyTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StudentStartTest {
    private static final Path CHECKPOINTS = Path.of("../language-model/src/test/resources/checkpoints");
    private static final Path QWEN_3 = CHECKPOINTS.resolve("qwen3");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"preset\":\"laptop\"",
                "\"hiddenSize\":64",
                "\"layers\":2",
                "\"heads\":2",
                "\"keyValueHeads\":2",
                "\"feedForwardSize\":64",
                "\"tiedEmbeddings\":true",
                "\"headSize\":16",
                "\"family\":\"qwen3\""
            })
    void whatAStartExcludesIsNamed(String excluded) {
        String key = excluded.substring(1, excluded.indexOf('"', 1));

        assertThatThrownBy(() -> JSON.readValue("{\"from\":\"base\"," + excluded + "}", StudentConfig.class))
                .rootCause()
                .isInstanceOf(UsageException.class)
                .hasMessage("student.from takes the shape of the model in base: remove student." + key);
    }

    @Test
    void settingsWithoutAStartAreThoseOfEarlierVersions() {
        JsonNode settings = JSON.valueToTree(StudentConfig.of(null).withFamily("llama"));

        assertThat(settings.properties())
                .extracting(entry -> entry.getKey())
                .containsExactly(
                        "hiddenSize",
                        "layers",
                        "heads",
                        "keyValueHeads",
                        "feedForwardSize",
                        "tiedEmbeddings",
                        "ropeTheta");
    }

    @Test
    void theShapeIsThatOfTheFolderWithALongerContextWhereTheRunHasOne() {
        StudentConfig student = StudentConfig.from(QWEN_3.toString());

        assertThat(student.model(50, 64, 7))
                .isEqualTo(LanguageModels.config(QWEN_3).withEndOfText(7));
        assertThat(student.model(50, 512, 7))
                .isEqualTo(LanguageModels.config(QWEN_3).withMaxPositions(512).withEndOfText(7));
    }

    @Test
    void theIdentityHasTheWeightsAndTheFolderIsNoPartOfIt() throws IOException {
        Path moved = Files.createDirectories(folder.resolve("moved"));
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(QWEN_3.resolve(name), moved.resolve(name));
        }
        JsonNode before = settings(QWEN_3, null);

        assertThat(before.at("/student/from").asText()).isEqualTo(ModelWeights.hash(QWEN_3));
        assertThat(RunSettings.same(EffectiveSettings.of(settings(moved, before)), EffectiveSettings.of(before)))
                .isTrue();
        assertThatThrownBy(() -> RunSettings.requireSame(
                        EffectiveSettings.of(settings(CHECKPOINTS.resolve("qwen2"), before)),
                        EffectiveSettings.of(before),
                        "checkpoint"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("student.from was " + ModelWeights.hash(QWEN_3));
    }

    @Test
    void aStartWithTheSameWeightsAndAnotherConfigurationIsRefused() throws IOException {
        Path start = Files.createDirectories(folder.resolve("start"));
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(QWEN_3.resolve(name), start.resolve(name));
        }
        JsonNode before = settings(start, null);
        ObjectNode config =
                (ObjectNode) JSON.readTree(start.resolve("config.json").toFile());
        config.put("rms_norm_eps", 0.25);
        JSON.writeValue(start.resolve("config.json").toFile(), config);

        JsonNode now = settings(start, before);

        assertThat(now.at("/student/from")).isEqualTo(before.at("/student/from"));
        assertThatThrownBy(() ->
                        RunSettings.requireSame(EffectiveSettings.of(now), EffectiveSettings.of(before), "checkpoint"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("student.config was "
                        + before.at("/student/config").asText() + " and is now "
                        + now.at("/student/config").asText());
    }

    @Test
    void aCheckpointOfAnEarlierVersionIsComparedByItsWeights() {
        JsonNode before = settings(QWEN_3, null);
        ((ObjectNode) before.get("student")).remove("config");

        assertThat(settings(QWEN_3, before)).isEqualTo(before);
    }

    @Test
    void aFolderThatIsGoneKeepsTheConfigurationOfTheCheckpoint() {
        ObjectNode before = JSON.createObjectNode();
        before.putObject("student")
                .put("from", "abc")
                .put("config", "def")
                .put("folder", folder.resolve("gone").toString());

        assertThat(settings(folder.resolve("gone"), before)).isEqualTo(before);
    }

    @Test
    void aRunContinuesWithoutTheFolderOfItsStartButNotWithAnotherPath() {
        ObjectNode before = JSON.createObjectNode();
        before.putObject("student")
                .put("from", "abc")
                .put("folder", folder.resolve("gone").toString());

        assertThat(settings(folder.resolve("gone"), before).at("/student/from").asText())
                .isEqualTo("abc");
        assertThatThrownBy(() -> settings(folder.resolve("other"), before))
                .isInstanceOf(UsageException.class)
                .hasMessage("student.from: folder " + folder.resolve("other") + " does not exist");
    }

    @Test
    void aStartWithFewerRowsThanTheTokenizerHasIdsIsRefused() throws IOException {
        try (Tokenizer tokenizer = TinyTokenizer.create(folder, 300)) {
            assertThatThrownBy(() -> StudentStart.require(QWEN_3.toString(), tokenizer, "cpu"))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContainingAll("student.from", "has 211 ids", "has 300");
        }
    }

    @Test
    void aStartWithPaddingFitsATokenizerWithFewerIdsUnlessItsOwnGivesThemOtherTokens() throws IOException {
        Path start = Files.createDirectories(folder.resolve("start"));
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(QWEN_3.resolve(name), start.resolve(name));
        }
        try (Tokenizer tokenizer = TinyTokenizer.create(folder.resolve("run"), 150)) {
            StudentStart.require(start.toString(), tokenizer, "cpu");
            String json = Files.readString(tokenizer.file());
            Files.writeString(start.resolve("tokenizer.json"), " " + json);
            StudentStart.require(start.toString(), tokenizer, "cpu");

            ObjectNode root = (ObjectNode) JSON.readTree(json);
            ObjectNode vocabulary = (ObjectNode) root.at("/model/vocab");
            String last = vocabulary.properties().stream()
                    .filter(token -> token.getValue().asInt() == 149)
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            vocabulary.remove(last);
            vocabulary.put("other", 149);
            JSON.writeValue(start.resolve("tokenizer.json").toFile(), root);

            assertThatThrownBy(() -> StudentStart.require(start.toString(), tokenizer, "cpu"))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("id 149 is \"other\" in " + start.resolve("tokenizer.json") + " and \"" + last
                            + "\" in " + tokenizer.file());
        }
    }

    @Test
    void aFamilyThatCanOnlyTeachIsRefused() {
        String gemma = "../language-model/src/test/resources/families/gemma2-4";

        assertThatThrownBy(() -> StudentConfig.from(gemma).model(50, 16, 0))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("student.from", "gemma2 can teach, but cannot be trained");
    }

    private static JsonNode settings(Path start, JsonNode before) {
        ObjectNode settings = JSON.createObjectNode();
        settings.set("student", StudentStart.identity(StudentConfig.from(start.toString()), before));
        return settings;
    }
}
