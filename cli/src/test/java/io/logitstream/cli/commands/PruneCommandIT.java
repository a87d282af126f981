package io.logitstream.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.files.FileDigests;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.ModelWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code prune}; the model has 2 layers, 4 heads in 2 groups, feed-forward 64 and hidden size 32. */
@ExtendWith(SharedCluster.class)
class PruneCommandIT {
    private static final String[] SMALLER = {"--layers", "1", "--feed-forward", "40", "--heads", "2", "--hidden", "24"};

    @TempDir
    private static Path shared;

    private static TinyRun run;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createRun() throws IOException {
        run = TinyRun.create(shared);
    }

    private Path out(String name) {
        return folder.resolve(name);
    }

    private CliCall prune(Path out, String... arguments) {
        return CliCall.run(command(out, arguments));
    }

    private String[] command(Path out, String... arguments) {
        List<String> line = new ArrayList<>(List.of("--out", out.toString(), "--set", "prune.rows=8"));
        line.addAll(Arrays.asList(arguments));
        return run.command("prune", line.toArray(String[]::new));
    }

    @Test
    void theSameCommandGivesTheSameFolderByteForByteAndAgainChangesNothing() throws IOException {
        CliCall first = prune(out("one"), SMALLER).requireSuccess();
        prune(out("two"), SMALLER).requireSuccess();
        FileTime written = Files.getLastModifiedTime(out("one").resolve("model.safetensors"));
        CliCall again = prune(out("one"), SMALLER).requireSuccess();

        Map<String, String> files = FileDigests.ofFolder(out("one"));
        assertThat(files)
                .containsOnlyKeys(
                        "config.json",
                        "generation_config.json",
                        "model.safetensors",
                        "pruning.json",
                        "tokenizer.json",
                        "tokenizer_config.json")
                .isEqualTo(FileDigests.ofFolder(out("two")))
                .isEqualTo(FileDigests.read(out("one")));
        assertThat(Files.getLastModifiedTime(out("one").resolve("model.safetensors")))
                .isEqualTo(written);
        assertThat(again.out()).isEqualTo(first.out());
        assertThat(out("one").resolve("model.unfinished")).doesNotExist();

        ModelConfig pruned = LanguageModels.check(out("one"), "cpu");
        assertThat(pruned.layers()).isEqualTo(1);
        assertThat(pruned.feedForwardSize()).isEqualTo(40);
        assertThat(pruned.heads()).isEqualTo(2);
        assertThat(pruned.keyValueHeads()).isEqualTo(1);
        assertThat(pruned.headSize()).isEqualTo(8);
        assertThat(pruned.hiddenSize()).isEqualTo(24);
    }

    @Test
    void theTableAndTheReportSayWhatWasKeptAndTheLosses() throws IOException {
        CliCall call = prune(out("pruned"), SMALLER).requireSuccess();

        JsonNode report = new ObjectMapper()
                .readTree(out("pruned").resolve("pruning.json").toFile());
        assertThat(report.at("/source/weights").asText()).isEqualTo(ModelWeights.hash(run.teacher()));
        assertThat(report.at("/sizes/layers/source").asInt()).isEqualTo(2);
        assertThat(report.at("/sizes/layers/pruned").asInt()).isEqualTo(1);
        assertThat(report.at("/calibration/rows").asInt()).isEqualTo(8);
        assertThat(report.at("/loss/source").asDouble()).isBetween(4.0, 8.0);
        assertThat(report.at("/loss/pruned").asDouble()).isBetween(4.0, 8.0);
        assertThat(call.out())
                .contains("key-value heads")
                .contains(String.format("%.4f", report.at("/loss/pruned").asDouble()))
                .contains("measured on 8 rows of 32 tokens of tiny")
                .contains("pruned model in " + out("pruned"));
        assertThat(call.out().lines().filter(line -> line.endsWith("left out"))).hasSize(1);
    }

    @Test
    void aPrunedModelCanBePrunedAgain() throws IOException {
        prune(out("once"), "--layers", "1").requireSuccess();
        prune(out("twice"), "--model", out("once").toString(), "--feed-forward", "20")
                .requireSuccess();

        ModelConfig twice = LanguageModels.check(out("twice"), "cpu");
        assertThat(twice.layers()).isEqualTo(1);
        assertThat(twice.feedForwardSize()).isEqualTo(20);
        JsonNode report =
                new ObjectMapper().readTree(out("twice").resolve("pruning.json").toFile());
        assertThat(report.at("/source/weights").asText()).isEqualTo(ModelWeights.hash(out("once")));
    }

    @Test
    void pruningNothingGivesTheSameWeightsFile() {
        prune(out("whole")).requireSuccess();

        for (String file : List.of("model.safetensors", "config.json", "generation_config.json", "tokenizer.json")) {
            assertThat(out("whole").resolve(file))
                    .hasSameBinaryContentAs(run.teacher().resolve(file));
        }
    }

    @Test
    void aDryRunWritesNothing() {
        CliCall call = CliCall.run(run.command("prune", "--rows", "4", "--dry-run", "--layers", "1", "--by", "loss"))
                .requireSuccess();

        assertThat(call.out()).contains("before any training").doesNotContain("pruned model in");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderWithOtherContentIsRefusedAndKept() throws IOException {
        prune(out("pruned"), "--layers", "1").requireSuccess();
        Map<String, String> before = FileDigests.ofFolder(out("pruned"));
        Files.createDirectories(out("mine"));
        Files.writeString(out("mine").resolve("notes.txt"), "mine");

        prune(out("pruned"), "--hidden", "24").requireFailure(2, "holds another model or other files");
        prune(out("mine"), "--layers", "1").requireFailure(2, "is not empty and holds no pruned model");
        prune(run.teacher(), "--layers", "1").requireFailure(2, "is not empty and holds no pruned model");

        assertThat(FileDigests.ofFolder(out("pruned"))).isEqualTo(before);
        assertThat(out("pruned").resolve("model.unfinished")).doesNotExist();
        assertThat(out("mine").toFile().list()).containsExactly("notes.txt");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--layers|0|prune.layers 0 is not positive",
                "--layers|3|prune.layers 3 is more than the 2",
                "--heads|3|prune.heads 3 is not a multiple of 2",
                "--hidden|31|hidden size 31 is not a multiple of 4 heads",
                "--by|size|prune.by 'size' is not one of cosine, block, loss",
                "--rows|100000|rows of 32 tokens, but prune.rows is 100000",
                "--rows|0|prune.rows 0 is not positive",
                "--model|nowhere|nowhere does not exist",
                "--set|corpus.contextLength=65|a context of 65 positions is longer than the 64",
            })
    void aRequestThatDoesNotFitIsRefused(String option, String value, String message) {
        prune(out("pruned"), option, value).requireFailure(2, message);

        assertThat(out("pruned")).doesNotExist();
    }

    @Test
    void importanceIsMeasuredOnATopicOfTheModelsTokenizer(Cluster cluster) throws IOException {
        CliCall.run(cluster.on(run.command("produce", "--topic", "to-prune"))).requireSuccess();

        CliCall.run(cluster.on(command(out("pruned"), "--topic", "to-prune", "--key-value-heads", "1")))
                .requireSuccess();

        JsonNode report = new ObjectMapper()
                .readTree(out("pruned").resolve("pruning.json").toFile());
        assertThat(report.at("/calibration/text").asText()).isEqualTo("to-prune");
        assertThat(report.at("/sizes/heads/pruned").asInt()).isEqualTo(2);

        CliCall.run(cluster.on(command(out("more"), "--topic", "to-prune", "--rows", "100000")))
                .requireFailure(2, "topic to-prune holds ", " rows of 32 tokens");
        CliCall.run(cluster.on(command(out("more"), "--topic", "to-prune", "--set", "corpus.documents=isolated")))
                .requireFailure(1, "are joined, but corpus.documents is isolated");
        Path other = out("other");
        TinyRun.writeTeacher(other, TinyRun.writeTexts(out("others"), 20, 5), 410, 410);
        CliCall.run(cluster.on(command(out("more"), "--topic", "to-prune", "--model", other.toString())))
                .requireFailure(2, "topic to-prune was made with tokenizer ");
        assertThat(out("more")).doesNotExist();
    }
}
