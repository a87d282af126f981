package io.logitstream.cli.refusals;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Corpora that are missing, empty, partly broken, or larger than memory. */
@ExtendWith(SharedCluster.class)
class BadCorpusIT {
    private static final byte[] BINARY = {0, 1, 2, (byte) 0xFF, 0, 0, 7};

    @TempDir
    private static Path shared;

    private static TinyRun run;

    @TempDir
    private Path folder;

    private String topic;

    @BeforeAll
    static void createRun() throws IOException {
        run = TinyRun.create(shared);
    }

    @BeforeEach
    void nameTopic(TestInfo test) {
        topic = "bad-corpus-" + test.getTestMethod().orElseThrow().getName();
    }

    @Test
    void aMissingCorpusLeavesNoTopicBehind(Cluster cluster) {
        CliCall call = produce(cluster, folder.resolve("nowhere"));

        call.requireFailure(2, "no such corpus: " + folder.resolve("nowhere") + " does not exist");
        assertThat(TopicKeys.exists(cluster.kafka(), topic)).isFalse();
    }

    @Test
    void anEmptyFolderLeavesNoTopicBehind(Cluster cluster) {
        CliCall call = produce(cluster, folder);

        call.requireFailure(2, "empty corpus: no files in " + folder);
        assertThat(TopicKeys.exists(cluster.kafka(), topic)).isFalse();
    }

    @Test
    void aCorpusOfBinaryFilesAloneIsEmpty(Cluster cluster) throws IOException {
        Files.write(folder.resolve("image.png"), BINARY);

        CliCall call = produce(cluster, folder);

        call.requireFailure(2, "empty corpus: no text in " + folder, "1 file skipped", "image.png");
        assertThat(TopicKeys.read(cluster.kafka(), topic)).isEmpty();
    }

    @Test
    void binaryFilesAmongTextsAreSkippedAndTold(Cluster cluster) throws IOException {
        Files.write(folder.resolve("image.png"), BINARY);
        Files.writeString(folder.resolve("text.txt"), TinyRun.text(5, 400));

        CliCall call = produce(cluster, folder).requireSuccess();

        assertThat(call.err()).contains("skipped image.png");
        assertThat(call.out()).contains("1 document,", "1 file skipped").endsWith(System.lineSeparator());
        assertThat(TopicKeys.read(cluster.kafka(), topic)).isNotEmpty();
    }

    @Test
    void brokenJsonLinesAreCountedAndToldWithFileAndLine(Cluster cluster) throws IOException {
        Files.writeString(
                folder.resolve("texts.jsonl"),
                "{\"text\": \"" + TinyRun.text(5, 100).replace("\n", " ") + "\"}\n"
                        + "{\"text\": \"cut off\n{\"title\": \"no text\"}\n{\"text\": \"the last document\"}\n");

        CliCall call = produce(cluster, folder).requireSuccess();

        assertThat(call.err()).contains("texts.jsonl line 2", "texts.jsonl line 3");
        assertThat(call.out()).contains("2 documents", "2 broken lines left out");
    }

    @Test
    void aFileOfBrokenLinesAloneIsAnEmptyCorpus(Cluster cluster) throws IOException {
        Files.writeString(folder.resolve("texts.jsonl"), "no JSON\n");

        CliCall call = produce(cluster, folder);

        call.requireFailure(2, "empty corpus", "1 line left out", "texts.jsonl line 1");
        assertThat(TopicKeys.read(cluster.kafka(), topic)).isEmpty();
    }

    @Test
    void aDocumentLargerThanTheHeapIsPublished(Cluster cluster) throws Exception {
        Path document = folder.resolve("large.txt");
        String block = TinyRun.text(9, 20_000);
        long bytes = 0;
        try (Writer writer = Files.newBufferedWriter(document)) {
            for (; bytes < 12_000_000; bytes += block.length()) {
                writer.write(block);
            }
        }

        try (CliProcess process = CliProcess.start(
                folder.resolve("logs"),
                "128m",
                ProcessBuilder.Redirect.PIPE,
                cluster.on(run.command(
                        "produce",
                        "--corpus",
                        document.toString(),
                        "--topic",
                        topic,
                        "--set",
                        "corpus.contextLength=1024",
                        "--set",
                        "corpus.rows=32",
                        "--set",
                        "corpus.shardBytes=null")))) {
            process.awaitSuccess();

            assertThat(process.stdout()).contains("1 document, " + bytes + " bytes of text in 1 file");
        }
    }

    private CliCall produce(Cluster cluster, Path corpus) {
        return CliCall.run(cluster.on(run.command("produce", "--corpus", corpus.toString(), "--topic", topic)));
    }
}
