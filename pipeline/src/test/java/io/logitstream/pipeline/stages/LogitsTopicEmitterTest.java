package io.logitstream.pipeline.stages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import org.junit.jupiter.api.Test;

class LogitsTopicEmitterTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void theHashIsThatOfTheSortedSettings() {
        ObjectNode settings = JSON.createObjectNode();
        settings.putObject("student").put("family", "llama");
        settings.put("model", "lm");

        assertThat(LogitsTopicEmitter.hash(settings)).isEqualTo(Sha256.hex("model=lm\nstudent.family=llama\n"));
    }

    @Test
    void theFolderOfAStartIsNoPartOfTheHash() {
        JsonNode settings = started("abc", "/first");

        assertThat(LogitsTopicEmitter.hash(started("abc", "/second"))).isEqualTo(LogitsTopicEmitter.hash(settings));
        assertThat(LogitsTopicEmitter.hash(started("abd", "/first"))).isNotEqualTo(LogitsTopicEmitter.hash(settings));
        assertThat(settings.at("/student/folder").asText()).isEqualTo("/first");
    }

    private static JsonNode started(String weights, String folder) {
        ObjectNode settings = JSON.createObjectNode();
        settings.putObject("student").put("from", weights).put("folder", folder);
        return settings;
    }
}
