package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import io.logitstream.pipeline.report.CorpusIdentity;
import io.logitstream.pipeline.stages.TeacherIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A folder that an earlier version wrote with the default configuration. */
class RunIdentityTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void theDefaultRunIsThatOfAnEarlierVersion() throws IOException {
        JsonNode saved = saved();

        JsonNode now = JSON.valueToTree(identity(saved));

        assertThat(now.toString()).isEqualTo(saved.toString());
        assertThatCode(() -> identity(saved).requireSame(saved, "folder")).doesNotThrowAnyException();
    }

    @Test
    void pathsOfBundledTextAndMissingDigestsAreUnderstood() throws IOException {
        ObjectNode saved = saved();
        for (String text : List.of("corpus", "heldOut")) {
            ObjectNode corpus = (ObjectNode) saved.get(text);
            corpus.put(
                    "source",
                    corpus.get("source")
                            .asText()
                            .replace("logitstream:", "/home/somebody/logitstream/cli/target/corpus/"));
            corpus.remove("sha256");
        }

        assertThatCode(() -> identity(saved()).requireSame(saved, "folder")).doesNotThrowAnyException();
    }

    @Test
    void eachDifferenceIsNamed() throws IOException {
        ObjectNode saved = saved();
        ((ObjectNode) saved.get("corpus")).put("rows", 4);
        ((ObjectNode) saved.get("selection")).put("topK", 5);

        assertThatThrownBy(() -> identity(saved()).requireSame(saved, "output folder /out"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("output folder /out")
                .hasMessageContaining("corpus.rows was 4 and is now 8")
                .hasMessageContaining("selection.topK was 5 and is now 50");
    }

    @Test
    void anotherTokenizerFileWithTheSameIdsContinuesTheRun() throws IOException {
        JsonNode saved = JSON.valueToTree(identity(saved(), "aaaa", "ids"));

        assertThatCode(() -> identity(saved(), "bbbb", "ids").requireSame(saved, "folder"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> identity(saved(), "bbbb", "others").requireSame(saved, "folder"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("tokenizer was aaaa and is now bbbb");
        assertThatCode(() -> identity(saved(), saved().get("tokenizer").asText(), "ids")
                        .requireSame(saved(), "folder of an earlier version"))
                .doesNotThrowAnyException();
    }

    @Test
    void idsBeforeDocumentsAndThePrecisionOfTheTeacherTellRunsApart() throws IOException {
        ObjectNode saved = saved();
        String tokenizer = saved.get("tokenizer").asText();
        LogitstreamConfig config = new ConfigurationPrecedence().resolve();
        LogitstreamConfig half = new ConfigurationPrecedence()
                .flags(new SettingValues().with("teach.precision", "bfloat16"))
                .resolve();

        assertThatThrownBy(() ->
                        identity(saved, tokenizer, null, config, List.of(1)).requireSame(saved, "folder"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("corpus.beginOfTextIds was null and is now [1]");
        assertThatThrownBy(() -> identity(saved, tokenizer, null, half, null).requireSame(saved, "folder"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("teacherPrecision was null and is now bfloat16");
    }

    private static RunIdentity identity(JsonNode saved) {
        return identity(saved, saved.get("tokenizer").asText(), null);
    }

    private static RunIdentity identity(JsonNode saved, String tokenizer, String vocabulary) {
        return identity(saved, tokenizer, vocabulary, new ConfigurationPrecedence().resolve(), null);
    }

    private static RunIdentity identity(
            JsonNode saved, String tokenizer, String vocabulary, LogitstreamConfig config, List<Integer> beginOfText) {
        return new RunIdentity(
                corpus(config, saved, "corpus", beginOfText),
                corpus(config, saved, "heldOut", beginOfText),
                config.topics(),
                tokenizer,
                vocabulary,
                saved.get("teacher").asText(),
                TeacherIdentity.precision(config),
                config.selection(),
                config.teach().codec());
    }

    // The bundled text is there only after a build.
    private static CorpusIdentity corpus(
            LogitstreamConfig config, JsonNode saved, String text, List<Integer> beginOfText) {
        JsonNode before = saved.get(text);
        return new CorpusIdentity(
                (text.equals("corpus") ? config.corpus() : config.heldOut())
                        .withSource(before.get("source").asText()),
                before.get("sha256").asText(),
                beginOfText,
                null);
    }

    private static ObjectNode saved() throws IOException {
        try (InputStream in = RunIdentityTest.class.getResourceAsStream("run.json")) {
            return (ObjectNode) JSON.readTree(in);
        }
    }
}
