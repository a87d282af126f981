package io.logitstream.producers.corpus;

import static io.logitstream.producers.corpus.Corpora.config;
import static io.logitstream.producers.corpus.Corpora.documents;
import static io.logitstream.producers.corpus.Corpora.gzip;
import static io.logitstream.producers.corpus.Corpora.open;
import static io.logitstream.producers.corpus.Corpora.skipping;
import static io.logitstream.producers.corpus.Corpora.write;
import static io.logitstream.producers.corpus.Corpora.zstd;
import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Members of gzip and frames of zstd: all are read whenever they come, and those before a damage are kept. */
class ConcatenatedInputTest {
    private static final String ONE = "{\"text\":\"one\"}\n";
    private static final String TWO = "{\"text\":\"two\"}\n";
    private static final String THREE = "{\"text\":\"three\"}\n";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zst"})
    void partsThatComeApartOnStandardInputAreAllRead(String kind) throws IOException {
        // Between two of its streams, a sequence has nothing ready.
        InputStream apart = new SequenceInputStream(
                Collections.enumeration(List.of(part(kind, ONE), part(kind, TWO), part(kind, THREE)).stream()
                        .map(ByteArrayInputStream::new)
                        .toList()));
        CorpusConfig lines =
                new CorpusConfig("-", null, "jsonl", null, null, null, null, null, null, null, null, null, null, null);

        assertThat(documents(new CorpusReader(lines, null, apart, Corpora.LIMITS)))
                .containsExactly("one", "two", "three");
    }

    @Test
    void aDamagedHeaderOfALaterMemberIsToldWithItsPlace() throws IOException {
        try (InputStream damaged = getClass().getResourceAsStream("damaged-header.jsonl.gz")) {
            write(folder.resolve("a.jsonl.gz"), damaged.readAllBytes());
        }
        CorpusReader reader = open(skipping(folder));

        assertThat(documents(reader)).hasSize(1);
        assertThat(reader.report().skippedFiles()).isEqualTo(1);
        assertThat(reader.report().problems())
                .singleElement()
                .asString()
                .matches("skipped a.jsonl.gz: the rest is not readable \\(gzip member 2 at byte \\d+: .*\\)");
    }

    static Stream<Arguments> damages() {
        UnaryOperator<byte[]> header = part -> with(part, 2);
        UnaryOperator<byte[]> checksum = part -> with(part, part.length - 6);
        UnaryOperator<byte[]> cut = part -> Arrays.copyOf(part, part.length - 3);
        UnaryOperator<byte[]> garbage = part -> "no part".getBytes(StandardCharsets.UTF_8);
        return Stream.of("gz", "zst")
                .flatMap(kind -> Stream.of("jsonl", "txt")
                        .flatMap(format -> Stream.of(
                                Arguments.of(kind, format, "header", header),
                                        Arguments.of(kind, format, "checksum", checksum),
                                Arguments.of(kind, format, "cut", cut),
                                        Arguments.of(kind, format, "garbage", garbage))))
                .filter(damage -> !(damage.get()[0].equals("zst") && damage.get()[2].equals("checksum")));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void wholePartsBeforeADamageAreUsedAndTheRestIsTold(
            String kind, String format, String what, UnaryOperator<byte[]> damage) throws IOException {
        String name = "a." + format + "." + kind;
        write(folder.resolve(name), joined(part(kind, ONE), part(kind, TWO), damage.apply(part(kind, THREE))));
        write(folder.resolve("b.txt"), "last");
        CorpusReader reader = open(format.equals("txt") ? config(folder) : skipping(folder));

        List<String> documents = documents(reader);
        if (format.equals("jsonl")) {
            // A checksum shows at the end only: what it covers is used by then.
            assertThat(documents).startsWith("one", "two").endsWith("last");
        } else {
            assertThat(documents).containsExactly(ONE + TWO, "last");
        }
        assertThat(reader.report().skippedFiles()).isEqualTo(1);
        assertThat(reader.report().problems())
                .singleElement()
                .asString()
                .startsWith("skipped " + name + ": the rest is not readable (")
                .contains(" 3 at byte ")
                .doesNotContain("Exception");
    }

    @Test
    void zerosBehindTheLastMemberAreNoDamage() throws IOException {
        write(folder.resolve("a.txt.gz"), joined(gzip("one "), gzip("two"), new byte[512]));
        CorpusReader reader = open(config(folder));

        assertThat(documents(reader)).containsExactly("one two");
        assertThat(reader.report().problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zst"})
    void longPartsComeOutWhole(String kind) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 60_000; i++) {
            lines.append(Integer.toString(i * 7919, 36)).append(i % 7 == 0 ? "\n" : " ");
        }
        String text = lines.toString();
        Path file = write(
                folder.resolve("a.txt." + kind), joined(part(kind, text), part(kind, "middle"), part(kind, text)));

        assertThat(String.join("", documents(open(config(file))))).isEqualTo(text + "middle" + text);
    }

    private static byte[] part(String kind, String text) {
        try {
            return kind.equals("gz") ? gzip(text) : zstd(text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] with(byte[] part, int place) {
        byte[] damaged = part.clone();
        damaged[place] ^= 0x55;
        return damaged;
    }

    private static byte[] joined(byte[]... parts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.write(part);
        }
        return all.toByteArray();
    }
}
