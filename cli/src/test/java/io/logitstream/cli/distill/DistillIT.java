package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.model.huggingface.SafeTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run of the whole pipeline: its table and students, and what a restart or a replay does. */
class DistillIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path folder;

    private static TinyRun run;
    private static Path out;
    private static CliCall first;

    @BeforeAll
    static void distill() throws IOException {
        run = TinyRun.create(folder.resolve("run"));
        out = folder.resolve("out");
        first = CliCall.run(run.command("distill", "--out", out.toString())).requireSuccess();
    }

    @Test
    void theTableIsPrintedAndKept() throws IOException {
        JsonNode summary = JSON.readTree(out.resolve("summary.json").toFile());

        assertThat(first.out()).contains("teacher", "pd", "lm", "perplexity", out.toString());
        for (JsonNode model : List.of(summary.at("/teacher"), summary.at("/students/pd"), summary.at("/students/lm"))) {
            assertThat(model.get("loss").asDouble()).isPositive();
            assertThat(Math.log(model.get("perplexity").asDouble()))
                    .isCloseTo(model.get("loss").asDouble(), within(1e-9));
            assertThat(model.get("klToTeacher").asDouble()).isNotNegative();
            assertThat(model.get("top1Agreement").asDouble()).isBetween(0.0, 1.0);
            assertThat(model.get("calibrationError").asDouble()).isBetween(0.0, 1.0);
            assertThat(model.get("bitsPerByte").asDouble())
                    .isCloseTo(
                            model.get("loss").asDouble()
                                    / Math.log(2)
                                    * model.get("tokens").asLong()
                                    / model.get("bytes").asLong(),
                            within(1e-9));
        }
        assertThat(summary.at("/teacher/klToTeacher").asDouble()).isZero();
        assertThat(summary.at("/teacher/top1Agreement").asDouble()).isEqualTo(1);
        assertThat(summary.get("tokens").asLong())
                .isEqualTo(lastMetrics("pd").get("tokens").asLong());
        assertThat(summary.get("bytesPerToken").asDouble()).isPositive();
        assertThat(summary.get("seconds").asDouble()).isPositive();
    }

    @Test
    void theReportSaysWhatWasRunAndNamesFilesThatAreThere() throws IOException {
        String html = Files.readString(out.resolve("report.html"));
        String opening = "<script type=\"application/json\" id=\"data\">";
        int from = html.indexOf(opening) + opening.length();
        JsonNode report = JSON.readTree(html.substring(from, html.indexOf("</script>", from)));

        assertThat(report.at("/about/command").asText())
                .startsWith("logitstream distill ")
                .contains(out.toString());
        assertThat(report.at("/about/date").asText()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d .+");
        assertThat(report.at("/about/versions"))
                .extracting(JsonNode::asText)
                .hasSizeGreaterThan(2)
                .allSatisfy(version -> assertThat(version).isNotBlank());
        assertThat(report.at("/about/teacher").asText()).isNotBlank();
        assertThat(report.at("/about/configuration").asText()).contains("hiddenSize: 32", "corpus:", "teacher: ");
        assertThat(report.at("/about/files"))
                .isNotEmpty()
                .allSatisfy(file -> assertThat(out.resolve(file.asText())).isRegularFile());
        assertThat(report.at("/results/variants"))
                .hasSize(2)
                .allSatisfy(variant ->
                        assertThat(variant.get("parameters").asLong()).isPositive());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pd", "lm"})
    void aStudentIsAHuggingFaceFolder(String name) throws IOException {
        Path student = out.resolve("students").resolve(name);
        JsonNode config = JSON.readTree(student.resolve("config.json").toFile());

        assertThat(config.at("/architectures/0").asText()).isEqualTo("LlamaForCausalLM");
        assertThat(config.get("model_type").asText()).isEqualTo("llama");
        assertThat(config.get("vocab_size").asInt()).isEqualTo(TinyRun.VOCABULARY);
        assertThat(config.get("hidden_size").asInt()).isEqualTo(32);
        assertThat(config.get("intermediate_size").asInt()).isEqualTo(48);
        assertThat(config.get("num_hidden_layers").asInt()).isEqualTo(1);
        assertThat(config.get("num_attention_heads").asInt()).isEqualTo(4);
        assertThat(config.get("num_key_value_heads").asInt()).isEqualTo(2);
        assertThat(config.get("max_position_embeddings").asInt()).isEqualTo(32);
        assertThat(config.get("hidden_act").asText()).isEqualTo("silu");
        assertThat(config.get("tie_word_embeddings").asBoolean()).isTrue();
        assertThat(config.has("rms_norm_eps")).isTrue();
        assertThat(config.get("eos_token_id").asInt()).isZero();
        assertThat(config.path("torch_dtype").asText(config.path("dtype").asText()))
                .isEqualTo("float32");
        assertThat(JSON.readTree(student.resolve("generation_config.json").toFile())
                        .get("eos_token_id")
                        .asInt())
                .isZero();
        assertThat(student.resolve("tokenizer.json"))
                .hasSameBinaryContentAs(run.teacher().resolve("tokenizer.json"));
        assertThat(JSON.readTree(student.resolve("tokenizer_config.json").toFile())
                        .get("eos_token")
                        .asText())
                .isEqualTo("<|endoftext|>");
        assertThat(header(student.resolve("model.safetensors"))
                        .at("/__metadata__/format")
                        .asText())
                .isEqualTo("pt");
        try (SafeTensors weights = SafeTensors.open(student.resolve("model.safetensors"))) {
            assertThat(weights.names())
                    .contains(
                            "model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight", "model.norm.weight")
                    .doesNotContain("lm_head.weight");
        }
    }

    @Test
    void startedAgainItFindsAllDone() throws IOException {
        byte[] weights = weights(out, "students/pd");

        CliCall again =
                CliCall.run(run.command("distill", "--out", out.toString())).requireSuccess();

        assertThat(again.err()).contains("no teacher is needed").doesNotContain("teacher waits");
        assertThat(table(again.out())).isEqualTo(table(first.out()));
        assertThat(weights(out, "students/pd")).isEqualTo(weights);
        assertThat(out.resolve("students-1")).doesNotExist();
    }

    /** A run may be killed after the teacher's last batch and before the held-out text is complete. */
    @Test
    void heldOutTextThatIsMissingIsPublishedAlthoughAllIsTaught() throws Exception {
        Path continued = folder.resolve("continued");
        PathUtils.copyDirectory(out, continued);
        try (EmbeddedCluster cluster = EmbeddedCluster.start(continued, EmbeddedSettings.defaults());
                Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            admin.deleteTopics(List.of("held-out")).all().get();
        }

        CliCall again = CliCall.run(run.command("distill", "--out", continued.toString()))
                .requireSuccess();

        assertThat(again.err()).contains("no teacher is needed");
        assertThat(table(again.out())).isEqualTo(table(first.out()));
    }

    @Test
    void otherSettingsOfTheLossNeedAReplay() throws IOException {
        byte[] weights = weights(out, "students/pd");

        CliCall call = CliCall.run(run.command("distill", "--out", out.toString(), "--set", "loss.temperature=1"));

        assertThat(call.code()).isEqualTo(2);
        assertThat(call.err())
                .contains(
                        "loss.temperature was 2.0 and is now 1.0",
                        "continue it with --set loss.temperature=2.0, choose another output folder");
        assertThat(weights(out, "students/pd")).isEqualTo(weights);
    }

    @Test
    void aReplayTrainsAgainWithoutATeacherAndPutsTheOldStudentsAside() throws IOException {
        Path replayed = folder.resolve("replayed");
        PathUtils.copyDirectory(out, replayed);
        JsonNode table = JSON.readTree(out.resolve("summary.json").toFile());

        CliCall replay = CliCall.run(
                        run.command("distill", "--replay", "--out", replayed.toString(), "--set", "loss.temperature=1"))
                .requireSuccess();

        assertThat(replay.err()).contains("no teacher is needed").doesNotContain("teacher waits");
        assertThat(weights(replayed, "students-1/pd")).isEqualTo(weights(out, "students/pd"));
        assertThat(replay.err()).contains("student lm: its settings are unchanged", "summary-1.json");
        assertThat(replayed.resolve("students-1/lm")).doesNotExist();
        assertThat(JSON.readTree(replayed.resolve("summary-1.json").toFile())).isEqualTo(table);
        assertThat(weights(replayed, "students/pd")).isNotEqualTo(weights(out, "students/pd"));
        // The baseline has no temperature.
        assertThat(weights(replayed, "students/lm")).isEqualTo(weights(out, "students/lm"));
    }

    @Test
    void aMixtureIsDistilledAndItsSourcesAreWeightedAgain() throws IOException {
        Path texts = folder.resolve("mixture");
        TinyRun.writeTexts(texts.resolve("a"), 25, 3);
        TinyRun.writeTexts(texts.resolve("b"), 25, 4);
        Path mixed = folder.resolve("mixed");
        String[] mixture = {
            "--out",
            mixed.toString(),
            "--set",
            "corpus.source=null",
            "--set",
            "heldOut={maxTokens: 2000, source: null, contextLength: 32, rows: 4}",
            "--set",
            "corpora={a: {source: '" + texts.resolve("a") + "', weight: 3}, b: {source: '" + texts.resolve("b")
                    + "', weight: 1, maxTokens: 3000}}"
        };

        CliCall call = CliCall.run(run.command("distill", mixture)).requireSuccess();

        assertThat(call.err())
                .contains("mixture of 2 corpora complete: ", "  a, ", "% of the tokens: ")
                .contains("held out for evaluation: every 20th");
        assertThat(JSON.readTree(mixed.resolve("summary.json").toFile())
                        .get("tokens")
                        .asLong())
                .isGreaterThan(10_000);
        byte[] both = weights(mixed, "students/pd");
        List<String> again = new ArrayList<>(List.of(mixture));
        again.addAll(List.of("--replay", "--set", "training.tokens=8000", "--set", "training.corpora={a: 1, b: 0}"));
        CliCall.run(run.command("distill", again.toArray(String[]::new))).requireSuccess();
        assertThat(weights(mixed, "students/pd")).isNotEqualTo(both);
    }

    private static byte[] weights(Path results, String student) throws IOException {
        return Files.readAllBytes(results.resolve(student).resolve("model.safetensors"));
    }

    private static JsonNode lastMetrics(String name) throws IOException {
        List<String> lines =
                Files.readAllLines(out.resolve("students").resolve(name).resolve("metrics.jsonl"));
        return JSON.readTree(lines.get(lines.size() - 1));
    }

    private static List<String> table(String printed) {
        return printed.lines().limit(4).toList();
    }

    private static JsonNode header(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = Math.toIntExact(
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
        return JSON.readTree(Arrays.copyOfRange(bytes, Long.BYTES, Long.BYTES + length));
    }
}
