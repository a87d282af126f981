package io.logitstream.producers.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Parquet files of three writers, and files that cannot be used. src/test/python/make_parquet_fixtures.py and
 * src/test/parquet-java write the files.
 */
class ParquetTest {
    private static final String SKIP = "; corpus.damaged=skip leaves such a file out";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pyarrow-none",
                "pyarrow-snappy",
                "pyarrow-gzip",
                "pyarrow-zstd",
                "pyarrow-lz4",
                "pyarrow-plain",
                "pyarrow-v2",
                "pyarrow-v2-dictionary",
                "pyarrow-delta-length-byte-array",
                "pyarrow-delta-byte-array",
                "pyarrow-required",
                "pyarrow-binary",
                "duckdb-uncompressed",
                "duckdb-snappy",
                "duckdb-gzip",
                "duckdb-zstd",
                "duckdb-lz4_raw",
                "duckdb-v2",
                "parquet-java-uncompressed",
                "parquet-java-snappy",
                "parquet-java-gzip",
                "parquet-java-zstd",
                "parquet-java-lz4",
                "parquet-java-lz4_raw",
                "parquet-java-v2"
            })
    void theTextsAreThoseOfJsonLines(String name) {
        try (CorpusReader reader = reader(resource(name + ".parquet"), "text", null)) {
            assertThat(Corpora.documents(reader)).isEqualTo(texts());
            assertThat(reader.report().emptyDocuments()).isEqualTo(1);
            assertThat(reader.report().problems()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"pyarrow-nested,content.body", "pyarrow-dotted,content.body"})
    void aColumnIsNamedByItsPath(String name, String textField) {
        assertThat(Corpora.documents(reader(resource(name + ".parquet"), textField, null)))
                .isEqualTo(texts());
    }

    @Test
    void aFolderOfPartsIsOneCorpus() throws IOException {
        Files.copy(resource("duckdb-zstd.parquet"), folder.resolve("a-part.parquet"));
        Files.copy(resource("pyarrow-lz4.parquet"), folder.resolve("b-part.parquet"));
        Files.copy(resource("no-rows.parquet"), folder.resolve("c-part.parquet"));
        List<String> twice = new ArrayList<>(texts());
        twice.addAll(texts());

        assertThat(Corpora.documents(reader(folder, "text", null))).isEqualTo(twice);
        assertThat(Corpora.documents(reader(folder.resolve("a-*.parquet"), "text", null)))
                .isEqualTo(texts());
    }

    @Test
    void rowsWithoutTextAreCounted() {
        CorpusReader nulls = reader(resource("nulls.parquet"), "text", null);
        assertThat(Corpora.documents(nulls)).containsExactly("one", "four");
        assertThat(nulls.report().brokenLines()).isEqualTo(3);
        assertThat(nulls.report().problems())
                .first()
                .isEqualTo("left out nulls.parquet row 2: no value in column 'text'");

        CorpusReader nested = reader(resource("nested-nulls.parquet"), "a.b", null);
        assertThat(Corpora.documents(nested)).containsExactly("one", "four");
        assertThat(nested.report().brokenLines()).isEqualTo(2);

        CorpusReader invalid = reader(resource("invalid-utf8.parquet"), "text", null);
        assertThat(Corpora.documents(invalid)).containsExactly("good", "good again");
        assertThat(invalid.report().problems()).containsExactly("left out invalid-utf8.parquet row 2: not valid UTF-8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pyarrow-zstd.parquet | body | it has no column 'body'; its columns of text: text, url (corpus.textField)",
                "pyarrow-zstd.parquet | text.body | it has no column 'text.body'; its columns of text: text, url"
                        + " (corpus.textField)",
                "pyarrow-zstd.parquet | id | column 'id' is of type int64, not text; its columns of text: text, url"
                        + " (corpus.textField)",
                "numbers.parquet | text | column 'text' is of type int64, not text; its columns of text: body"
                        + " (corpus.textField)",
                "pyarrow-nested.parquet | text | it has no column 'text'; its columns of text: content.body"
                        + " (corpus.textField)",
                "pyarrow-nested.parquet | content | column 'content' is a group, not text; its columns of text:"
                        + " content.body (corpus.textField)",
                "pyarrow-nested.parquet | tags | column 'tags' is a list, not text; its columns of text: content.body"
                        + " (corpus.textField)",
                "pyarrow-nested.parquet | tags.list.element | column 'tags' is a list, not one text for each row; its"
                        + " columns of text: content.body (corpus.textField)",
                "pyarrow-brotli.parquet | text | row 1: it is compressed with Brotli, which is not supported; write it"
                        + " with zstd, Snappy, gzip or LZ4",
                "encrypted.parquet | text | it is encrypted; write it without encryption",
                "encrypted-column.parquet | text | its text is encrypted; write it without encryption"
            })
    void aFileThatDoesNotFitSaysWhyInOneLine(String name, String textField, String reason) {
        Path file = resource(name);
        assertThatThrownBy(() -> Corpora.documents(reader(file, textField, null)))
                .isInstanceOf(UsageException.class)
                .hasMessage(file + ": " + reason + SKIP);
    }

    @Test
    void aFileWithoutRowsIsAnEmptyCorpus() {
        Path file = resource("no-rows.parquet");
        assertThatThrownBy(() -> Corpora.documents(reader(file, "text", null)))
                .isInstanceOf(UsageException.class)
                .hasMessage("empty corpus: no text in " + file);
    }

    @Test
    void aDamagedFileEndsTheCorpusUnlessItIsToBeSkipped() throws IOException {
        byte[] whole = Files.readAllBytes(resource("parquet-java-zstd.parquet"));
        Path file = folder.resolve("b.parquet");
        Files.write(file, Arrays.copyOf(whole, whole.length - 100));
        Files.write(folder.resolve("a.txt"), "Text.".getBytes(StandardCharsets.UTF_8));
        String truncated = "it is truncated: it does not end with PAR1; copy it again";

        assertThatThrownBy(() -> Corpora.documents(reader(folder, "text", null)))
                .isInstanceOf(LogitstreamException.class)
                .isNotInstanceOf(UsageException.class)
                .hasMessage(file + ": " + truncated + SKIP);

        CorpusReader skipping = reader(folder, "text", "skip");
        assertThat(Corpora.documents(skipping)).containsExactly("Text.");
        assertThat(skipping.report().skippedFiles()).isEqualTo(1);
        assertThat(skipping.report().problems()).containsExactly("skipped b.parquet: not readable (" + truncated + ")");
    }

    @Test
    void otherContentUnderTheNameIsNamed() throws IOException {
        assertThat(messageOf("no Parquet file at all, but text".getBytes(StandardCharsets.UTF_8)))
                .contains("it is not a Parquet file: it does not begin with PAR1");
        assertThat(messageOf(new byte[3])).contains("it is not a Parquet file: it has only 3 bytes");
        byte[] hostile = Files.readAllBytes(resource("pyarrow-zstd.parquet"));
        hostile[hostile.length - 5] = 0x7F;
        assertThat(messageOf(hostile)).contains("its footer of 21").contains("is larger than the file");
    }

    @Test
    void anArchiveWithParquetIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(resource("pyarrow-zstd.parquet"));
        Path zip = Corpora.write(folder.resolve("a.zip"), Corpora.zip(Map.of("a.parquet", whole)));
        assertThatThrownBy(() -> Corpora.documents(reader(zip, "text", null)))
                .hasMessage("a.parquet: a Parquet file cannot be read from an archive or a pipe; unpack it" + SKIP);
    }

    /** A byte that is changed in a page with a checksum never gives another text in silence. */
    @Test
    void aChangedByteOfAPageIsFound() throws IOException {
        byte[] whole = Files.readAllBytes(resource("parquet-java-uncompressed.parquet"));
        Random random = new Random(3);
        for (int i = 0; i < 30; i++) {
            byte[] changed = whole.clone();
            int at = 4 + random.nextInt(20_000);
            changed[at] ^= (byte) (1 << random.nextInt(8));
            Path file = Files.write(folder.resolve("changed.parquet"), changed);
            try {
                assertThat(Corpora.documents(reader(file, "text", null)))
                        .as("byte %s is not in a page of text", at)
                        .isEqualTo(texts());
            } catch (LogitstreamException e) {
                assertThat(e.getMessage()).startsWith(file + ": ").doesNotContain("\n", "Exception");
            }
        }
    }

    /** Hostile files end in one line, without much memory and in little time. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pyarrow-snappy",
                "pyarrow-gzip",
                "pyarrow-lz4",
                "pyarrow-delta-byte-array",
                "pyarrow-v2-dictionary",
                "parquet-java-lz4",
                "duckdb-zstd",
                "pyarrow-nested"
            })
    void arbitraryDamageEndsInOneLine(String name) throws IOException {
        byte[] whole = Files.readAllBytes(resource(name + ".parquet"));
        Random random = new Random(name.hashCode());
        for (int i = 0; i < 50; i++) {
            byte[] changed = whole.clone();
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                changed[4 + random.nextInt(changed.length - 8)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve("changed.parquet"), changed);
            try {
                Corpora.documents(reader(file, name.endsWith("nested") ? "content.body" : "text", null));
            } catch (LogitstreamException e) {
                assertThat(e.getMessage()).doesNotContain("\n", "Exception", "null");
            }
        }
    }

    @Test
    void aFileThatChangesWhileItIsReadIsNoticed() throws IOException {
        Path file = folder.resolve("a.parquet");
        Files.copy(resource("pyarrow-zstd.parquet"), file);
        CorpusReader reader = reader(file, "text", null);
        assertThat(reader.hasNext()).isTrue();
        Files.write(file, new byte[1], StandardOpenOption.APPEND);
        long bytes = Files.size(file);

        assertThatThrownBy(() -> Corpora.documents(reader))
                .isInstanceOf(LogitstreamException.class)
                .hasMessage(file + ": it changed while it was read, from " + (bytes - 1) + " to " + bytes
                        + " bytes; publish it to another topic or under another corpus name when it is complete");

        CorpusReader skipping = reader(file, "text", "skip");
        Files.copy(resource("pyarrow-gzip.parquet"), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(skipping.hasNext()).isTrue();
        Files.delete(file);
        Files.copy(resource("pyarrow-snappy.parquet"), file);
        assertThat(Corpora.documents(skipping)).isEqualTo(texts());
        assertThat(skipping.report().problems())
                .containsExactly(
                        "skipped a.parquet: it was replaced while it was read; the text that was read is used");
    }

    @Test
    void formatsOutOfScopeSayWhatToDo() {
        Corpora.write(folder.resolve("a.warc"), "WARC/1.0\r\nWARC-Type: warcinfo\r\n");
        Corpora.write(folder.resolve("b.arrow"), "ARROW1\0\0more");
        CorpusReader reader = reader(folder, "text", null);
        assertThatThrownBy(reader::hasNext).isInstanceOf(UsageException.class);
        assertThat(reader.report().problems())
                .containsExactly(
                        "skipped a.warc: a WARC archive, which is out of scope; extract its text, for example with"
                                + " trafilatura or resiliparse, and write it as JSON lines or Parquet",
                        "skipped b.arrow: an Arrow file; write it as Parquet, for example with Dataset.to_parquet");
    }

    /** Web pages in other encodings are among the first bytes of most archives. */
    @Test
    void anArchiveOfWebPagesIsNoTextInAnotherEncoding() throws IOException {
        byte[] archive =
                "WARC/1.0\r\nWARC-Type: response\r\n\r\n<p>caf\u00e9</p>".getBytes(StandardCharsets.ISO_8859_1);
        CorpusReader reader = reader(Corpora.write(folder.resolve("a.warc"), archive), "text", null);
        assertThatThrownBy(reader::hasNext)
                .hasMessageContaining("skipped a.warc: a WARC archive, which is out of scope");
    }

    private String messageOf(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("other.parquet"), content);
        try (CorpusReader reader = reader(file, "text", null)) {
            return assertThatThrownBy(reader::hasNext)
                    .isInstanceOf(LogitstreamException.class)
                    .actual()
                    .getMessage();
        }
    }

    private static CorpusReader reader(Path source, String textField, String damaged) {
        CorpusConfig config = new CorpusConfig(
                source.toString(), "c", null, textField, damaged, null, 0L, null, null, null, null, null, null, null);
        return new CorpusReader(config, null, InputStream.nullInputStream(), new CorpusReader.Limits(1 << 20, 1 << 20));
    }

    /** The texts with at least one character: empty ones are no documents. */
    static List<String> texts() {
        ObjectMapper json = new ObjectMapper();
        List<String> texts = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(resource("texts.jsonl"))) {
                String text = json.readTree(line).get("text").asText();
                if (!text.isEmpty()) {
                    texts.add(text);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return texts;
    }

    static Path resource(String name) {
        try {
            return Path.of(ParquetTest.class.getResource("parquet/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
