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

import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusFiles;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.ZipArchives;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every form in which a corpus can come. */
class CorpusFormsTest {
    @TempDir
    Path folder;

    @Test
    void aFileIsADocumentAndItsTextStaysAsItIs() {
        String text = "\tclass A {\r\n\r\n}  \u00e9 \ud83d\ude00\n";

        assertThat(documents(open(config(write(folder.resolve("A.java"), text)))))
                .containsExactly(text);
    }

    @Test
    void aFolderIsReadWithAllBelowItInTheOrderOfNames() {
        write(folder.resolve("b.txt"), "b");
        write(folder.resolve("a/x/deep.py"), "deep");
        write(folder.resolve("c"), "c");
        write(folder.resolve(".git/config"), "hidden");
        write(folder.resolve("a/.hidden"), "hidden");

        assertThat(documents(open(config(folder)))).containsExactly("deep", "b", "c");
    }

    @Test
    void includeChoosesByNameOrByPath() {
        write(folder.resolve("a/A.java"), "a/A");
        write(folder.resolve("B.java"), "B");
        write(folder.resolve("a/c.txt"), "a/c");

        assertThat(documents(open(config(folder, "*.java")))).containsExactly("B", "a/A");
        assertThat(documents(open(config(folder, "a/*")))).containsExactly("a/A", "a/c");
        assertThat(documents(open(config(folder, "**/*.java")))).containsExactly("B", "a/A");
        assertThat(documents(open(config(folder, "*.txt", "B.*")))).containsExactly("B", "a/c");
    }

    @Test
    void aGlobMatchesFilesBelowItsFirstFolder() {
        write(folder.resolve("one/a.txt"), "1a");
        write(folder.resolve("two/a.txt"), "2a");
        write(folder.resolve("two/b.md"), "2b");

        assertThat(documents(open(config(folder.resolve("*/a.txt"))))).containsExactly("1a", "2a");
        assertThat(documents(open(config(folder.resolve("two/*.{md,txt}"))))).containsExactly("2a", "2b");
        assertThat(documents(open(config(folder.resolve("**/*.txt"))))).containsExactly("1a", "2a");
    }

    @Test
    void aPathThatExistsIsNoGlob() {
        write(folder.resolve("[x]/a.txt"), "a");

        assertThat(documents(open(config(folder.resolve("[x]"))))).containsExactly("a");
    }

    @Test
    void gzipAndZstdAreUnpacked() throws IOException {
        write(folder.resolve("a.txt.gz"), gzip("packed"));
        write(folder.resolve("b.jsonl.gz"), gzip("{\"text\":\"line\"}\n"));
        write(folder.resolve("c.ndjson.zst"), zstd("{\"text\":\"zstd line\"}"));
        write(folder.resolve("d.java.zst"), zstd("zstd"));

        assertThat(documents(open(config(folder)))).containsExactly("packed", "line", "zstd line", "zstd");
    }

    @Test
    void zstdFramesInARowAreOneText() {
        byte[] first = zstd("first ");
        byte[] second = zstd("second");
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);

        assertThat(documents(open(config(write(folder.resolve("a.zst"), both)))))
                .containsExactly("first second");
    }

    @Test
    void archivesAreReadLikeFolders() throws IOException {
        byte[] archive = zip(Map.of(
                "x/B.java",
                bytes("B"),
                "A.java",
                bytes("A"),
                "x/c.class",
                bytes("class"),
                "l.jsonl.gz",
                gzip("{\"text\":\"l\"}"),
                ".hidden/a.java",
                bytes("hidden")));

        assertThat(documents(open(config(write(folder.resolve("s.jar"), archive), "*.java"))))
                .containsExactly("A", "B");
        assertThat(documents(open(config(folder, "*.gz", "x/*")))).containsExactly("l", "B", "class");
        assertThat(documents(open(config(folder.resolve("*.jar"), "A.java")))).containsExactly("A");
    }

    @Test
    void manyArchivesAreReadInAnyOrder() throws IOException {
        for (int i = 0; i < 40; i++) {
            write(folder.resolve(i + ".zip"), zip(Map.of("a", bytes(i + "a"), "b", bytes(i + "b"))));
        }
        CorpusConfig shuffled = CorpusConfig.of(folder.toString());

        List<String> expected = IntStream.range(0, 40)
                .boxed()
                .flatMap(i -> List.of(i + "a", i + "b").stream())
                .toList();
        assertThat(documents(open(shuffled))).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void jsonLinesGiveADocumentALineFromTheNamedField() {
        Path file = write(
                folder.resolve("a.jsonl"),
                "{\"id\":1,\"text\":\"one\\n\\u00e9\",\"meta\":{\"text\":\"no\"}}\r\n\n  \n"
                        + "{\"body\":\"two\",\"text\":\"x\"}");
        CorpusConfig body = new CorpusConfig(
                file.toString(), null, null, "body", null, null, null, null, null, null, null, null, null, null);

        assertThat(documents(open(config(file)))).containsExactly("one\n\u00e9", "x");
        assertThat(documents(open(body))).containsExactly("two");
    }

    @Test
    void formatOverridesTheFilesName() {
        Path file = write(folder.resolve("lines.json"), "{\"text\":\"one\"}\n");
        CorpusConfig lines = new CorpusConfig(
                file.toString(), null, "jsonl", null, null, null, null, null, null, null, null, null, null, null);

        assertThat(documents(open(lines))).containsExactly("one");
        assertThat(documents(open(config(file)))).containsExactly("{\"text\":\"one\"}\n");
    }

    @Test
    void jsonLinesUnderAnotherNameAreToldOnce() throws IOException {
        String lines = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n";
        write(folder.resolve("a.json"), "{\n  \"text\": \"a\"\n}\n{}\n");
        write(folder.resolve("b.json.gz"), gzip(lines));
        write(folder.resolve("c.json"), lines);
        CorpusProblems problems = new CorpusProblems();
        List<CorpusFile> files =
                new CorpusFiles(config(folder), new ZipArchives(), problems).find(InputStream.nullInputStream());
        DocumentOpener opener = new DocumentOpener(config(folder), null, 2000, problems);
        for (CorpusFile file : files) {
            opener.open(file, new Passes(files, 1)).close();
        }

        assertThat(problems.notes())
                .containsExactly(
                        "b.json.gz looks like JSON lines and is read as one document; corpus.format=jsonl reads"
                                + " a document from each line");
    }

    @Test
    void standardInputIsOneTextOrJsonLinesPlainOrPacked() throws IOException {
        String lines = "{\"text\":\"1\"}\n{\"text\":\"2\"}\n";

        assertThat(documents(openInput(bytes("a\nb\n"), null))).containsExactly("a\nb\n");
        assertThat(documents(openInput(bytes(lines), "jsonl"))).containsExactly("1", "2");
        assertThat(documents(openInput(gzip(lines), "jsonl"))).containsExactly("1", "2");
        assertThat(documents(openInput(zstd("packed"), "text"))).containsExactly("packed");
    }

    @Test
    void aByteOrderMarkIsNoText() {
        write(folder.resolve("a.txt"), "\uFEFFa");
        write(folder.resolve("b.jsonl"), "\uFEFF{\"text\":\"b\"}");

        assertThat(documents(open(config(folder)))).containsExactly("a", "b");
    }

    @Test
    void shufflingIsAFunctionOfTheSeedAndTearsNeighboursApart() {
        for (int i = 0; i < 100; i++) {
            write(folder.resolve("dir" + i / 10 + "/" + i), "%02d".formatted(i));
        }
        List<String> named = documents(open(config(folder)));
        List<String> one = documents(open(shuffled(1L)));

        assertThat(documents(open(shuffled(1L)))).isEqualTo(one);
        assertThat(documents(open(shuffled(null)))).isEqualTo(one);
        assertThat(documents(open(shuffled(2L)))).isNotEqualTo(one).containsExactlyInAnyOrderElementsOf(one);
        assertThat(named).isSortedAccordingTo(Comparator.naturalOrder());
        long siblings = IntStream.range(1, 100)
                .filter(i -> one.get(i).charAt(0) == one.get(i - 1).charAt(0))
                .count();
        assertThat(siblings).isLessThan(30);
    }

    @Test
    void reportCountsWhatWasReadAndTheFractionEndsAtOne() {
        write(folder.resolve("a.txt"), "\u00e9\ud83d\ude00");
        write(folder.resolve("b.jsonl"), "{\"text\":\"b\"}\n{\"text\":\"\"}\n");
        write(folder.resolve("c.txt"), "");
        CorpusReader reader = open(config(folder));

        assertThat(reader.fraction()).isZero();
        assertThat(documents(reader)).containsExactly("\u00e9\ud83d\ude00", "b");
        assertThat(reader.fraction()).isEqualTo(1);
        assertThat(reader.report()).isEqualTo(new CorpusReport(2, 2, 7, 2, 0, 0, List.of()));
    }

    private CorpusConfig shuffled(Long seed) {
        return new CorpusConfig(
                folder.toString(), null, null, null, null, null, seed, null, null, null, null, null, null, null);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
