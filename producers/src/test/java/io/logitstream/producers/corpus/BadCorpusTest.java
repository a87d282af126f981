package io.logitstream.producers.corpus;

import static io.logitstream.producers.corpus.Corpora.config;
import static io.logitstream.producers.corpus.Corpora.documents;
import static io.logitstream.producers.corpus.Corpora.gzip;
import static io.logitstream.producers.corpus.Corpora.open;
import static io.logitstream.producers.corpus.Corpora.openInput;
import static io.logitstream.producers.corpus.Corpora.skipping;
import static io.logitstream.producers.corpus.Corpora.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong with a corpus is told, and stops nothing as long as some text is left. */
class BadCorpusTest {
    @TempDir
    Path folder;

    @Test
    void namesTheAbsolutePathOfACorpusThatIsNotThere() {
        Path missing = folder.resolve("missing");

        assertThatThrownBy(() -> open(config(missing)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no such corpus")
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> open(config(folder.resolve("*.txt"))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no file matches")
                .hasMessageContaining(folder + "/*.txt");
        assertThatThrownBy(() -> open(CorpusConfig.of("no/such/*.txt")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(Path.of("no/such").toAbsolutePath().toString());
        assertThatThrownBy(() -> open(config(folder.resolve("[.txt"))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("is not a glob");
        assertThatThrownBy(() -> CorpusConfig.of(" ")).isInstanceOf(UsageException.class);
    }

    @Test
    void aCorpusWithoutTextIsAnErrorThatSaysWhatWasThere() throws IOException {
        assertThatThrownBy(() -> open(config(folder)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("empty corpus")
                .hasMessageContaining(folder.toString());

        write(folder.resolve("empty.txt"), "");
        assertThatThrownBy(() -> documents(open(config(folder))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("empty corpus");

        write(folder.resolve("a.bin"), new byte[100]);
        write(folder.resolve("b.jsonl"), "{}");
        assertThatThrownBy(() -> documents(open(config(folder))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("1 file skipped, 1 line left out")
                .hasMessageContaining("a.bin");
        assertThatThrownBy(() -> open(config(folder, "*.java")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("*.java");
        assertThatThrownBy(() -> documents(openInput(new byte[0], null))).isInstanceOf(UsageException.class);
    }

    @Test
    void binaryFilesAreSkippedAndNamed() {
        write(folder.resolve("a.class"), new byte[] {(byte) 0xCA, (byte) 0xFE, 0, 1});
        write(folder.resolve("b.txt"), "text");
        write(folder.resolve("c.txt"), "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        write(folder.resolve("d.txt"), "text".getBytes(StandardCharsets.UTF_16));
        byte[] late = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        late[99_000] = (byte) 0xFF;
        write(folder.resolve("e.txt"), late);
        write(folder.resolve("f.jsonl"), "{\"text\":\"\0\"}");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("text");
        assertThat(reader.report().skippedFiles()).isEqualTo(5);
        assertThat(reader.report().problems())
                .hasSize(5)
                .anyMatch(line -> line.contains("a.class"))
                .anyMatch(line -> line.contains("c.txt"))
                .anyMatch(line -> line.contains("d.txt"))
                .anyMatch(line -> line.contains("e.txt") && line.contains("UTF-8"))
                .anyMatch(line -> line.contains("f.jsonl"));
    }

    @Test
    void aCharacterAcrossTheEndOfTheFirstBytesIsNoReasonToSkip() {
        String text = "x".repeat(TextCheck.PREFIX - 1) + "\u20ac" + "y";

        assertThat(documents(open(config(write(folder.resolve("a.txt"), text)))))
                .containsExactly(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"text\": \"x\"              | broken JSON",
                "{\"text\": \"x\"} {}          | more than one",
                "[\"text\"]                    | not a JSON object",
                "{\"txt\": \"x\"}              | no field 'text'",
                "{\"meta\": {\"text\": \"x\"}} | no field 'text'",
                "{\"text\": null}              | not a string",
                "{\"text\": 7}                 | not a string",
                "{\"text\": \"\\ud800\"}       | surrogate"
            })
    void brokenLinesAreCountedAndNamedWithFileAndLine(String line, String reason) {
        write(folder.resolve("a.jsonl"), "{\"text\":\"first\"}\n\n" + line + "\n{\"text\":\"last\"}\n");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("first", "last");
        assertThat(reader.report().brokenLines()).isEqualTo(1);
        assertThat(reader.report().problems())
                .singleElement()
                .asString()
                .contains("a.jsonl line 3")
                .contains(reason);
    }

    @Test
    void linesThatAreNoUtf8OrTooLongAreLeftOut() {
        byte[] lines = ("{\"text\":\"first\"}\n{\"text\":\"\u00e9\"}\n{\"text\":\"" + "x".repeat(70_000) + "\"}\n"
                        + "{\"text\":\"last\"}")
                .getBytes(StandardCharsets.UTF_8);
        lines[new String(lines, StandardCharsets.ISO_8859_1).indexOf('\u00c3')] = (byte) 0xFF;
        write(folder.resolve("a.jsonl"), lines);
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("first", "last");
        assertThat(reader.report().problems())
                .hasSize(2)
                .anyMatch(line -> line.contains("line 2: not valid UTF-8"))
                .anyMatch(line -> line.contains("line 3: longer than 2000 bytes"));
    }

    @Test
    void onlyTheFirstProblemsAreToldButAllAreCounted() {
        write(folder.resolve("a.jsonl"), "no\n".repeat(500) + "{\"text\":\"x\"}\n");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("x");
        assertThat(reader.report().brokenLines()).isEqualTo(500);
        assertThat(reader.report().problems()).hasSize(10);
        assertThat(reader.report().toString()).contains("500 broken lines");
    }

    @Test
    void damagedArchivesAndPackedFilesAreSkipped() throws IOException {
        byte[] gzip = gzip("a long enough text to be cut ".repeat(100));
        write(folder.resolve("a.gz"), Arrays.copyOf(gzip, gzip.length / 2));
        write(folder.resolve("b.zip"), "no zip");
        write(folder.resolve("c.zst"), "no zstd");
        write(folder.resolve("d.gz"), "no gzip");
        write(folder.resolve("e.txt"), "text");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("text");
        assertThat(reader.report().skippedFiles()).isEqualTo(4);
        assertThat(reader.fraction()).isEqualTo(1);
    }

    @Test
    void packedLinesThatAreDamagedEndTheCorpusUnlessThoseBeforeTheDamageAreAskedFor() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append("{\"text\":\"").append(Integer.toString(i * 7919, 36)).append("\"}\n");
        }
        byte[] gzip = gzip(lines.toString());
        Path file = write(folder.resolve("a.jsonl.gz"), Arrays.copyOf(gzip, gzip.length / 2));
        assertThatThrownBy(() -> documents(open(config(folder))))
                .isInstanceOf(LogitstreamException.class)
                .isNotInstanceOf(UsageException.class)
                .hasMessage(
                        file + ": gzip member 1 at byte 0: it ends too early; corpus.damaged=skip leaves such a file"
                                + " out");
        CorpusReader reader = open(skipping(folder));

        assertThat(documents(reader)).hasSizeBetween(5_000, 15_000).startsWith("0", Integer.toString(7919, 36));
        assertThat(reader.report().problems()).singleElement().asString().contains("the rest is not readable");
    }

    @Test
    void damageWithinStandardInputEndsTheDocumentThere() {
        byte[] input = "many words ".repeat(2_000).getBytes(StandardCharsets.UTF_8);
        input[20_000] = (byte) 0xFF;
        CorpusReader reader = openInput(input, null);

        List<String> documents = documents(reader);
        assertThat(documents).hasSize(1);
        assertThat("many words ".repeat(2_000)).startsWith(documents.get(0));
        assertThat(documents.get(0).length()).isGreaterThan(10_000);
        assertThat(reader.report().skippedFiles()).isEqualTo(1);
    }

    @Test
    void linksThatLeadNowhereAreNoFiles() throws IOException {
        write(folder.resolve("a.txt"), "a");
        Files.createSymbolicLink(folder.resolve("b.txt"), folder.resolve("missing"));
        Files.createSymbolicLink(folder.resolve("loop"), folder);

        assertThat(documents(open(config(folder)))).containsExactly("a");
    }

    @Test
    void impossibleSettingsAreNamed() {
        assertThatThrownBy(() -> settings("xml", null, null))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("xml")
                .hasMessageContaining("jsonl");
        assertThatThrownBy(() -> settings(null, 0, null))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("contextLength");
        assertThatThrownBy(() -> settings(null, 1 << 20, 1 << 20))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("too many for a record");
        assertThatThrownBy(() -> new CorpusConfig(
                        "x", "a/b", null, null, null, null, null, null, null, null, null, null, null, null))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("a/b");
    }

    private static CorpusConfig settings(String format, Integer contextLength, Integer rows) {
        return new CorpusConfig(
                "x", null, format, null, null, null, null, null, contextLength, rows, null, null, null, null);
    }
}
