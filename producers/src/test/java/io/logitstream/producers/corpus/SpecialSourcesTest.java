package io.logitstream.producers.corpus;

import static io.logitstream.producers.corpus.Corpora.config;
import static io.logitstream.producers.corpus.Corpora.documents;
import static io.logitstream.producers.corpus.Corpora.gzip;
import static io.logitstream.producers.corpus.Corpora.open;
import static io.logitstream.producers.corpus.Corpora.openInput;
import static io.logitstream.producers.corpus.Corpora.write;
import static io.logitstream.producers.corpus.Corpora.zip;
import static io.logitstream.producers.corpus.Corpora.zstd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.LocaleEncoding;
import io.logitstream.producers.corpus.watch.WatchedFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources that cannot seek, links, names and contents that are no UTF-8: read, or named with what to do. */
class SpecialSourcesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"pipe, text", "pipe, gz", "pipe, zst", "pipe.txt.gz, gz", "pipe.txt.zst, zst"})
    @Timeout(20)
    void aPipeIsReadOnce(String name, String packing) throws Exception {
        Path pipe = folder.resolve(name);
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        byte[] bytes = packing.equals("gz")
                ? gzip("some words")
                : packing.equals("zst") ? zstd("some words") : "some words".getBytes(StandardCharsets.UTF_8);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> put(pipe, bytes));
        CorpusReader reader = open(config(pipe));

        assertThat(documents(reader)).containsExactly("some words");
        assertThat(reader.report().problems()).isEmpty();
        writer.get();
    }

    @Test
    void aPipeInsideAFolderIsNamedAndNotWaitedFor() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        write(folder.resolve("a.txt"), "a");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("a");
        assertThat(reader.report().problems()).singleElement().asString().startsWith("skipped pipe: a pipe");
    }

    @Test
    void linkedFoldersAreFolders() throws IOException {
        write(folder.resolve("real/sub/a.txt"), "a");
        write(folder.resolve("mixed/own.txt"), "own");
        Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
        Files.createSymbolicLink(folder.resolve("mixed/linked"), Path.of("../link"));
        Files.createSymbolicLink(folder.resolve("mixed/up"), folder.resolve("mixed"));
        CorpusReader mixed = open(config(folder.resolve("mixed")));

        assertThat(documents(open(config(folder.resolve("link"))))).containsExactly("a");
        assertThat(documents(open(config(folder.resolve("link/*/*.txt"))))).containsExactly("a");
        assertThat(documents(mixed)).containsExactly("a", "own");
        assertThat(mixed.report().problems()).isEmpty();
    }

    @Test
    void linksThatLeadNowhereAndFilesWithoutPermissionAreNamed() throws IOException {
        write(folder.resolve("a.txt"), "a");
        Files.createSymbolicLink(folder.resolve("b.txt"), folder.resolve("missing"));
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("a");
        assertThat(reader.report().problems()).containsExactly("skipped b.txt: a link that leads nowhere");
    }

    @Test
    @Timeout(20)
    void aLinkToAFolderAndLinksInItAreWatched() throws IOException {
        write(folder.resolve("real/a.txt"), "a");
        write(folder.resolve("other/b.txt"), "b");
        Files.createSymbolicLink(folder.resolve("real/linked"), folder.resolve("other"));
        Files.createSymbolicLink(folder.resolve("real/up"), folder.resolve("real"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
        write(folder.resolve("real").resolve(WatchedFolder.END), "");
        CorpusConfig watched = Corpora.watched(folder.resolve("link"));
        CorpusReader reader = open(watched);
        reader.startAt(0);

        assertThat(documents(reader)).containsExactly("a", "b");
    }

    @Test
    void aNameThatIsNoUtf8LeavesItsArchiveReadable() throws IOException {
        byte[] archive = zip(Map.of(
                "gr\u00fcn/x.txt",
                "one".getBytes(StandardCharsets.UTF_8),
                "plain.txt",
                "two".getBytes(StandardCharsets.UTF_8)));
        int[] flags = {6, 8};
        for (int at = 0; at + 4 < archive.length; at++) {
            boolean local = archive[at] == 'P' && archive[at + 1] == 'K' && archive[at + 2] == 3;
            boolean central = archive[at] == 'P' && archive[at + 1] == 'K' && archive[at + 2] == 1;
            if (local || central) {
                // The flag that says that names are UTF-8.
                archive[at + flags[local ? 0 : 1] + 1] &= ~0x08;
            }
            if ((archive[at] & 0xFF) == 0xC3 && (archive[at + 1] & 0xFF) == 0xBC) {
                archive[at] = (byte) 0xFC;
                archive[at + 1] = 'u';
            }
        }
        CorpusReader reader = open(config(write(folder.resolve("a.zip"), archive)));

        assertThat(documents(reader)).containsExactlyInAnyOrder("one", "two");
        assertThat(reader.report().problems()).isEmpty();
    }

    @Test
    void aFlippedByteInAnArchiveIsNoticed() throws IOException {
        byte[] archive = storedZip("a.txt", "flipped text");
        archive[new String(archive, StandardCharsets.ISO_8859_1).indexOf("flipped")] ^= 1;
        write(folder.resolve("a.zip"), archive);
        write(folder.resolve("b.txt"), "b");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("b");
        assertThat(reader.report().problems())
                .singleElement()
                .asString()
                .startsWith("skipped a.zip!/a.txt: not readable");
    }

    @ParameterizedTest
    @CsvSource({
        "UTF-16, UTF-16, -f UTF-16 -t UTF-8",
        "UTF-16LE, UTF-16 without, -f UTF-16LE -t UTF-8",
        "UTF-16BE, UTF-16 without, -f UTF-16BE -t UTF-8",
        "UTF-32LE, UTF-32 without, -f UTF-32LE -t UTF-8",
        "ISO-8859-1, not UTF-8, iconv -f"
    })
    void textInAnotherEncodingIsNamedWithWhatToDo(String encoding, String name, String advice) {
        String text = "Gr\u00fc\u00dfe, written by an editor of another time\r\n".repeat(3);
        write(folder.resolve("a.txt"), text.getBytes(Charset.forName(encoding)));
        if (!encoding.startsWith("ISO")) {
            write(
                    folder.resolve("b.jsonl"),
                    ("{\"text\":\"" + text.strip() + "\"}\n").getBytes(Charset.forName(encoding)));
        }
        write(folder.resolve("c.txt"), "c");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("c");
        assertThat(reader.report().problems())
                .isNotEmpty()
                .allMatch(line -> line.contains(name) && line.contains(advice));
    }

    @ParameterizedTest
    @CsvSource({"1f8b0800, gzip", "425a6839, bzip2", "fd377a585a0000ff, xz", "504b0304ff, zip", "50415231ff, parquet"})
    void packedDataUnderAnotherNameIsNamed(String hex, String name) {
        write(folder.resolve("a.txt"), HexFormat.of().parseHex(hex + "00ff00ff"));
        write(folder.resolve("c.txt"), "c");
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("c");
        assertThat(reader.report().problems()).singleElement().asString().contains(name);
    }

    @Test
    void binaryDataIsNoTextOfAnotherEncoding() {
        byte[] zeros = new byte[400];
        byte[] numbers = new byte[400];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (byte) (i * i * 31 >> 3);
        }
        CorpusReader reader = open(config(write(folder.resolve("a.bin"), zeros)));

        assertThatThrownBy(() -> documents(reader)).hasMessageContaining("binary (a NUL byte)");
        assertThatThrownBy(() -> documents(openInput(numbers, null))).hasMessageContaining("binary");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"score\": NaN, \"text\": \"x\"} | 'NaN' is not JSON; write null instead",
                "{\"score\": -Infinity, \"text\": \"x\"} | is not JSON; write null instead",
                "{'text': 'x'} | double-quote",
                "{\"n\": 01, \"text\": \"x\"} | zeroes"
            })
    void brokenJsonIsToldWithoutTheParsersSwitches(String line, String reason) {
        CorpusReader reader = openInput((line + "\n{\"text\":\"x\"}\n").getBytes(StandardCharsets.UTF_8), "jsonl");

        assertThat(documents(reader)).containsExactly("x");
        assertThat(reader.report().problems())
                .singleElement()
                .asString()
                .contains("line 1: broken JSON", reason)
                .doesNotContain("enable", "Feature", "`");
    }

    @Test
    void deeplyNestedJsonIsToldWithoutTheParsersMethods() {
        String line = "{\"meta\":" + "[".repeat(1500) + "]".repeat(1500) + ",\"text\":\"x\"}\n{\"text\":\"y\"}\n";
        CorpusReader reader =
                openInput(line.getBytes(StandardCharsets.UTF_8), "jsonl", new CorpusReader.Limits(1000, 10_000));

        assertThat(documents(reader)).containsExactly("y");
        assertThat(reader.report().problems())
                .singleElement()
                .asString()
                .contains("nesting")
                .doesNotContain("`");
    }

    @Test
    void aNameThatTheLocaleCannotExpressIsAUsageError() {
        assertThat(LocaleEncoding.unfit("x")).isInstanceOf(UsageException.class).hasMessageContaining("LC_ALL=C.UTF-8");
    }

    private static byte[] storedZip(String name, String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            byte[] content = text.getBytes(StandardCharsets.UTF_8);
            CRC32 crc = new CRC32();
            crc.update(content);
            ZipEntry entry = new ZipEntry(name);
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(content.length);
            entry.setCrc(crc.getValue());
            out.putNextEntry(entry);
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static void put(Path pipe, byte[] bytes) {
        try {
            Files.write(pipe, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
