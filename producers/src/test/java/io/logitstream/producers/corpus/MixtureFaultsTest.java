package io.logitstream.producers.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.TestCorpus;
import io.logitstream.producers.batches.BatchSource;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that cannot be used, in one source of a mixture: one line that names the source, or counted where that is asked. */
class MixtureFaultsTest {
    private static final String SKIP = "; corpus.damaged=skip leaves such a file out";

    @TempDir
    Path folder;

    private TestCorpus good;

    @BeforeEach
    void write() {
        good = new TestCorpus(folder, 5, 4);
    }

    @AfterEach
    void close() {
        good.tokenizer.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "parquet/numbers.parquet | column 'text' is of type int64, not text; its columns of text: body"
                        + " (corpus.textField)",
                "parquet/encrypted.parquet | it is encrypted; write it without encryption",
                "parquet/pyarrow-brotli.parquet | row 1: it is compressed with Brotli, which is not supported; write it"
                        + " with zstd, Snappy, gzip or LZ4",
                "indexed/with-ends.bin | document 1 has token id"
            })
    void aFileThatDoesNotFitNamesItsSource(String name, String reason) {
        Path bad = ParquetTest.resource("../" + name);
        assertThatThrownBy(() -> read(mixture(bad, null)))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("corpora.bad: ")
                .hasMessageContaining(reason)
                .hasMessageEndingWith(SKIP);
    }

    @Test
    void aTruncatedFileAndOneOfAnotherKindEndTheMixtureUnlessTheyAreToBeSkipped() throws IOException {
        byte[] whole = Files.readAllBytes(ParquetTest.resource("pyarrow-zstd.parquet"));
        Path file = Files.createDirectories(folder.resolve("bad")).resolve("bad.parquet");
        for (byte[] content : List.of(
                Arrays.copyOf(whole, whole.length - 50), "no Parquet file at all".getBytes(StandardCharsets.UTF_8))) {
            Files.write(file, content);

            assertThatThrownBy(() -> read(mixture(file, null)))
                    .isInstanceOf(LogitstreamException.class)
                    .isNotInstanceOf(UsageException.class)
                    .hasMessageStartingWith("corpora.bad: " + file + ": it is ")
                    .hasMessageEndingWith(SKIP);
            Files.writeString(file.resolveSibling("other.txt"), "Text beside it.");
            assertThat(read(mixture(file.getParent(), "skip")))
                    .extracting(CorpusBatch::corpus)
                    .contains("good", "bad");
            Files.delete(file.resolveSibling("other.txt"));
        }
    }

    @Test
    void aSourceThatIsMissingOrHasNoTextIsNamed() {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> read(mixture(none, null)))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("corpora.bad: no such corpus");
        Path empty = ParquetTest.resource("no-rows.parquet");
        assertThatThrownBy(() -> read(mixture(empty, null)))
                .isInstanceOf(UsageException.class)
                .hasMessage("corpora.bad: empty corpus: no text in " + empty);
    }

    @Test
    void aFileThatChangesWhileItIsReadOrBetweenTwoPassesIsNoticed() throws IOException {
        Path file = folder.resolve("a.parquet");
        Files.copy(ParquetTest.resource("pyarrow-zstd.parquet"), file);
        long bytes = Files.size(file);
        CorpusConfig mixture = mixture(Map.of(
                        "bad",
                        new MixtureSource(file.toString(), 1.0, 2, null, null, null, null, null),
                        "good",
                        MixtureSource.of(good.source.toString(), 1)))
                .withTokenizing(new TokenizingConfig(1, null));
        List<CorpusBatch> batches = new ArrayList<>();

        try (BatchSource source = BatchSource.of(mixture, good.tokenizer)) {
            batches.add(source.next());
            Files.write(file, new byte[1], StandardOpenOption.APPEND);
            assertThatThrownBy(() -> source.forEachRemaining(batches::add))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessage("corpora.bad: " + file + ": it changed while it was read, from " + bytes + " to "
                            + (bytes + 1)
                            + " bytes; publish it to another topic or under another corpus name when it is complete");
        }
    }

    @Test
    void aPipeIsRefused() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor(10, TimeUnit.SECONDS))
                .isTrue();
        assertThatThrownBy(() -> read(mixture(pipe, null)))
                .isInstanceOf(UsageException.class)
                .hasMessage("corpora.bad: " + pipe
                        + " is a pipe, which a mixture cannot continue or repeat; write the texts to a file");
    }

    private List<CorpusBatch> read(CorpusConfig mixture) {
        List<CorpusBatch> batches = new ArrayList<>();
        try (BatchSource source = BatchSource.of(mixture, good.tokenizer)) {
            source.forEachRemaining(batches::add);
        }
        return batches;
    }

    private CorpusConfig mixture(Path bad, String damaged) {
        return mixture(Map.of(
                "bad",
                new MixtureSource(bad.toString(), 1.0, null, null, null, null, damaged, null),
                "good",
                MixtureSource.of(good.source.toString(), 1)));
    }

    private static CorpusConfig mixture(Map<String, MixtureSource> sources) {
        return TestCorpus.config(null, null, null, sources);
    }
}
