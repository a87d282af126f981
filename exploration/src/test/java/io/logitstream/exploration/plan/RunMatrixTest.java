package io.logitstream.exploration.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.TopicsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which runs of a plan are the same run, and which topics they share. */
class RunMatrixTest {
    private static final Path MODEL = Path.of("../language-model/src/test/resources/checkpoints/qwen3");
    private static final String PLAIN = "{\"eos_token\": \"w0\", \"bos_token\": \"w1\"}";

    @TempDir
    private Path folder;

    private Path teacher;

    @BeforeEach
    void copyTeacher() throws IOException {
        teacher = tokenizer("teacher", "Whitespace", "", PLAIN);
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(MODEL.resolve(name), teacher.resolve(name));
        }
    }

    @Test
    void anotherFileOfTheSameTokenizerIsTheSameRun() throws IOException {
        Path other = tokenizer("other", "Whitespace", " ", PLAIN);

        assertThat(matrix("tokenizer: " + other).all()).hasSize(1);
    }

    @Test
    void tokenizersThatSplitByOtherRulesHaveTopicsOfTheirOwn() throws IOException {
        Path other = tokenizer("other", "WhitespaceSplit", "", PLAIN);

        requireApart(matrix("tokenizer: " + other));
    }

    @Test
    void aTokenizerWhoseConfigurationAddsABeginOfTextTokenHasTopicsOfItsOwn() throws IOException {
        Path other = tokenizer("other", "Whitespace", "", PLAIN.replace("{", "{\"add_bos_token\": true, "));

        requireApart(matrix("tokenizer: " + other));
    }

    @Test
    void aTokenizerThatAddsNothingHasTheNamesOfEarlierVersions() throws IOException {
        RunSpec run = matrix("loss.alpha: 0").all().values().iterator().next();
        ObjectMapper json = new ObjectMapper();
        String tokenizer = Tokenizer.hashOf(teacher);

        assertThat(run.config().topics().tokens())
                .isEqualTo("tokens-"
                        + RunSpec.hash(json.createArrayNode()
                                .add(json.<JsonNode>valueToTree(
                                        run.config().corpus().identity()))
                                .add(tokenizer)
                                .add(run.config().topics().partitions())));
    }

    @Test
    void thePrecisionOfTheTeacherTellsRunsAndLogitsTopicsApart() throws IOException {
        RunMatrix half = matrix("{loss.alpha: 0.9, teach.precision: bfloat16}", "{loss.alpha: 0.9}");
        List<RunSpec> runs = new ArrayList<>(half.all().values());
        LogitsTopicPlan topics = new LogitsTopicPlan(Map.of());
        topics.plan(runs);

        assertThat(runs).hasSize(3);
        assertThat(runs.get(1).config().topics().tokens())
                .isEqualTo(runs.get(2).config().topics().tokens());
        assertThat(topics.source(runs.get(1)).topic())
                .isNotEqualTo(topics.source(runs.get(2)).topic());
        assertThat(topics.all().values())
                .extracting(LogitsTopic::precision)
                .containsExactlyInAnyOrder("bfloat16", null);
        assertThat(new ObjectMapper()
                        .valueToTree(topics.get(topics.source(runs.get(2)).topic()))
                        .toString())
                .doesNotContain("precision");
        assertThat(matrix("{teach.precision: bfloat16}").all())
                .as("a run without a teacher")
                .hasSize(1);
    }

    @Test
    void mixturesOfOtherWeightsHaveTopicsOfTheirOwn() throws IOException {
        String mixture = "{corpus.source: null, corpora: {web: {source: w, weight: %s}, books: {source: b}}}";

        RunMatrix matrix = matrix(mixture.formatted(1), mixture.formatted(2), mixture.formatted("2.0"));

        assertThat(matrix.all()).hasSize(3);
        assertThat(matrix.all().values())
                .extracting(run -> run.config().topics())
                .extracting(TopicsConfig::tokens)
                .doesNotHaveDuplicates();
    }

    private static void requireApart(RunMatrix matrix) {
        assertThat(matrix.all()).hasSize(2);
        assertThat(matrix.all().values())
                .extracting(run -> run.config().topics())
                .extracting(TopicsConfig::tokens)
                .doesNotHaveDuplicates();
        assertThat(matrix.all().values())
                .extracting(run -> run.config().topics())
                .extracting(TopicsConfig::heldOut)
                .doesNotHaveDuplicates();
    }

    /** The runs of a base without a teacher, and of variants with other settings. */
    private RunMatrix matrix(String... variants) throws IOException {
        String runs = IntStream.range(0, variants.length)
                .mapToObj(i -> "  v" + i + ": " + (variants[i].startsWith("{") ? variants[i] : "{" + variants[i] + "}"))
                .collect(Collectors.joining("\n"));
        return RunMatrix.of(
                new YAMLMapper().readValue("""
                name: demo
                base: {corpus: {source: texts}, heldOut: {source: others}, teacher: %s, loss: {alpha: 0}}
                baseline: base
                runs:
                  base: {}
                %s
                """.formatted(teacher, runs), ExplorationPlan.class), List.of(), Set.of());
    }

    private Path tokenizer(String name, String splitting, String before, String config) throws IOException {
        String vocabulary =
                IntStream.range(0, 150).mapToObj(i -> "\"w" + i + "\":" + i).collect(Collectors.joining(","));
        Path made = Files.createDirectories(folder.resolve(name));
        Files.writeString(made.resolve("tokenizer.json"), before + """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
         "pre_tokenizer": {"type": "%s"}, "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
        """.formatted(splitting, vocabulary));
        Files.writeString(made.resolve("tokenizer_config.json"), config);
        return made;
    }
}
