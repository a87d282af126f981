package io.logitstream.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dry run needs no cluster, no weights and no folder. */
class DryRunIT {
    private static final String TOKENIZER =
            Repository.root().resolve("teachers/java-4m").toString();

    @Test
    void theDefaultsAreSummedUp() {
        CliCall call =
                CliCall.run("train", "--dry-run", "--tokenizer", TOKENIZER).requireSuccess();

        assertThat(call.out())
                .contains(
                        "parameters    1,",
                        "embedding              524,288, the output head too",
                        "memory, float32, with batches of 2,048 tokens",
                        "step          2,048 tokens: 1 batch of 8 rows of 256",
                        "run           400,000 tokens (corpus.maxTokens",
                        " 196 steps",
                        "learning rate\n",
                        "0.00300 |",
                        "alpha, the weight of the distillation loss\n",
                        "0.900 |");
        assertThat(call.err()).isEmpty();
    }

    @Test
    void aPresetIsSummedUpWithoutBeingMade() {
        CliCall call = CliCall.run(
                        "train",
                        "--dry-run",
                        "--tokenizer",
                        TOKENIZER,
                        "--set",
                        "student.preset=6.8B",
                        "--set",
                        "training.tokens=100000000000")
                .requireSuccess();

        assertThat(call.out())
                .contains(
                        "4096 wide, 28 layers, 32 heads of 128, 8 key-value heads",
                        "4,404,019,200",
                        "100,000,000,000 tokens,");
    }

    @Test
    void aStartIsSummedUpAndExcludesSizes() {
        CliCall call = CliCall.run("train", "--dry-run", "--tokenizer", TOKENIZER, "--from", TOKENIZER)
                .requireSuccess();

        assertThat(call.out())
                .contains(
                        "family        llama, hand-written backward pass",
                        "start         " + TOKENIZER,
                        "parameters    4,");
        CliCall.run("train", "--dry-run", "--from", TOKENIZER, "--set", "student.layers=2")
                .requireFailure(
                        2, "student.from takes the shape of the model in " + TOKENIZER, "remove student.layers");
        CliCall.run("train", "--dry-run", "--tokenizer", TOKENIZER, "--from", "not-there")
                .requireFailure(2, "student.from: folder ", "not-there does not exist");
    }

    @Test
    void aCorpusIsEstimated(@TempDir Path folder) throws IOException {
        StringBuilder lines = new StringBuilder("no JSON\n");
        for (int i = 0; i < 40; i++) {
            lines.append("{\"content\": {\"no\": 1}, \"body\": \"public class A")
                    .append(i)
                    .append(" {}\"}\n");
        }
        Files.writeString(folder.resolve("a.jsonl"), lines);

        CliCall call = CliCall.run(
                        "produce",
                        "--dry-run",
                        "--corpus",
                        folder.toString(),
                        "--tokenizer",
                        TOKENIZER,
                        "--set",
                        "corpus.textField=body")
                .requireSuccess();

        assertThat(call.out())
                .contains(
                        "read as a whole: the counts are exact",
                        "documents    38, and 2 that are held out",
                        "bytes        712 of text",
                        "\nrecords      ",
                        "\ntopic        ",
                        "\ntime         ",
                        "left out     so far 0 files, 1 line or row, 0 empty documents\n"
                                + "             left out a.jsonl line 1: broken JSON");
        CliCall.run("produce", "--dry-run", "--corpus", "-", "--tokenizer", TOKENIZER)
                .requireFailure(2, "can be read only once");
    }

    @Test
    void withoutItAFolderIsRequired() {
        CliCall.run("train").requireFailure(2, "Missing required option: '--out=DIR'");
    }

    @Test
    void anUnknownPresetIsRefused() {
        CliCall.run("train", "--dry-run", "--set", "student.preset=7B").requireFailure(2, "student.preset", "330M");
    }
}
