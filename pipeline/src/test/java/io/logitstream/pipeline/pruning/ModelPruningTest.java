package io.logitstream.pipeline.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.SettingValues;
import io.logitstream.pipeline.console.ProgressDisplay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelPruningTest {
    private static final Path TEACHER = Path.of("../teachers/java-4m");
    private static final String END = "<|end|>";

    @TempDir
    private Path folder;

    @Test
    void theDocumentsOfTheCalibrationEndWithTheTokenOfTheSettings() throws IOException {
        writeModel();
        Files.writeString(
                folder.resolve("texts.jsonl"),
                String.join(
                        "\n", Collections.nCopies(60, "{\"text\":\"public class Cluster { private int size; }\"}")));

        PruningReport byDefault = prune(null);
        PruningReport asAsked = prune(END);

        assertThat(asAsked.loss().source()).isNotEqualTo(byDefault.loss().source());
        assertThatThrownBy(() -> prune("<|fin|>"))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("corpus.endOfText", "has no token '<|fin|>'", END);
    }

    private PruningReport prune(String endOfText) {
        SettingValues settings = new SettingValues()
                .with("corpus.source", folder.resolve("texts.jsonl").toString())
                .with("corpus.contextLength", "32")
                .with("corpus.documents", "isolated")
                .with("prune.model", folder.toString())
                .with("prune.layers", "4")
                .with("prune.rows", "4");
        if (endOfText != null) {
            settings = settings.with("corpus.endOfText", endOfText);
        }
        return new ModelPruning(
                        new ConfigurationPrecedence().flags(settings).resolve(), ProgressDisplay.standardError())
                .prune(null, null);
    }

    // The shipped teacher, whose last token is one that ends documents.
    private void writeModel() throws IOException {
        for (String file : new String[] {"config.json", "model.safetensors", "tokenizer_config.json"}) {
            Files.copy(TEACHER.resolve(file), folder.resolve(file));
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode tokenizer =
                (ObjectNode) json.readTree(TEACHER.resolve("tokenizer.json").toFile());
        ObjectNode model = (ObjectNode) tokenizer.get("model");
        ObjectNode vocabulary = (ObjectNode) model.get("vocab");
        int last = vocabulary.size() - 1;
        vocabulary.properties().removeIf(token -> token.getValue().asInt() == last);
        ArrayNode merges = (ArrayNode) model.get("merges");
        merges.remove(merges.size() - 1);
        ObjectNode added = tokenizer.get("added_tokens").get(0).deepCopy();
        ((ArrayNode) tokenizer.get("added_tokens")).add(added.put("id", last).put("content", END));
        json.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer);
    }
}
