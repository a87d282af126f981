package io.logitstream.producers.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexed token ids, which give the records of their texts. src/test/python/make_indexed_fixtures.py made the files. */
class IndexedTest {
    private static final String SKIP = "; corpus.damaged=skip leaves such a file out";

    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() {
        tokenizer = Tokenizer.load(Path.of("..", "teachers", "java-4m"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    /** Shards, and the pieces of long documents, are short here, so that their ends are compared too. */
    @ParameterizedTest
    @ValueSource(strings = {"with-ends", "without-ends", "in-parts", "one-document", "int64", "old", "old-int32"})
    void idsGiveTheRecordsOfTheirTexts(String name) {
        List<CorpusBatch> expected = batches(ParquetTest.resource("texts.jsonl"), 1L);

        assertThat(expected.get(expected.size() - 1).shard()).isGreaterThan(5);
        assertThat(batches(resource(name + ".idx"), 1L))
                .usingRecursiveFieldByFieldElementComparator()
                .isEqualTo(expected);
        assertThat(batches(resource(name + ".bin"), 1L)).hasSameSizeAs(expected);
    }

    @Test
    void allFormatsGiveTheSameRecords() throws IOException {
        List<String> texts = ParquetTest.texts();
        Path files = folder.resolve("files");
        for (int i = 0; i < texts.size(); i++) {
            Corpora.write(files.resolve(String.format("%03d.txt", i)), texts.get(i));
        }
        Path lines = Corpora.write(
                folder.resolve("texts.jsonl.zst"),
                Zstd.compress(Files.readAllBytes(ParquetTest.resource("texts.jsonl"))));

        List<CorpusBatch> expected = batches(files, 0L);
        List<Path> others = new ArrayList<>(List.of(lines, resource("with-ends.idx")));
        for (String codec : List.of("none", "snappy", "gzip", "zstd", "lz4")) {
            others.add(ParquetTest.resource("pyarrow-" + codec + ".parquet"));
        }
        for (String codec : List.of("uncompressed", "snappy", "gzip", "zstd", "lz4_raw")) {
            others.add(ParquetTest.resource("duckdb-" + codec + ".parquet"));
            others.add(ParquetTest.resource("parquet-java-" + codec + ".parquet"));
        }
        others.add(ParquetTest.resource("parquet-java-lz4.parquet"));
        for (Path other : others) {
            assertThat(batches(other, 0L))
                    .as("%s", other)
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(expected);
        }
    }

    @Test
    void aFolderAndAPrefixTakeEachPairOnce() throws IOException {
        Files.copy(resource("with-ends.idx"), folder.resolve("text_document.idx"));
        Files.copy(resource("with-ends.bin"), folder.resolve("text_document.bin"));
        List<CorpusBatch> expected = batches(resource("with-ends.idx"), 0L);

        assertThat(batches(folder, 0L)).hasSameSizeAs(expected);
        assertThat(batches(folder.resolve("text_document"), 0L)).hasSameSizeAs(expected);
    }

    @Test
    void idsOfAnotherTokenizerAreRefused() {
        BpeTrainer.train(List.of("a b c a b c").iterator(), 270, folder.resolve("small"));
        Path file = resource("with-ends.idx");
        try (Tokenizer small = Tokenizer.load(folder.resolve("small"));
                CorpusReader reader = reader(file, small, null)) {
            assertThatThrownBy(reader::hasNext)
                    .isInstanceOf(UsageException.class)
                    .hasMessageMatching("\\Q" + file + "\\E: document 1 has token id \\d+, outside the vocabulary of "
                            + small.vocabularySize() + " of \\Q" + small.file()
                            + "\\E; name the tokenizer that made the ids \\(--tokenizer\\)" + SKIP);
        }
    }

    @Test
    void noTokenizerIsTrainedFromIds() {
        try (CorpusReader reader = new CorpusReader(config(resource("with-ends.idx"), 0L, null))) {
            assertThatThrownBy(reader::hasNext)
                    .isInstanceOf(UsageException.class)
                    .hasMessageEndingWith("has token ids, from which no tokenizer can be trained; give text");
        }
    }

    @Test
    void damageIsNamed() throws IOException {
        Path idx = folder.resolve("a.idx");
        Path bin = folder.resolve("a.bin");
        byte[] index = Files.readAllBytes(resource("with-ends.idx"));
        Files.write(idx, index);
        assertThat(messageOf(idx)).isEqualTo(idx + ": there is no a.bin beside it" + SKIP);

        byte[] tokens = Files.readAllBytes(resource("with-ends.bin"));
        Files.write(bin, Arrays.copyOf(tokens, tokens.length - 2));
        assertThat(messageOf(idx)).contains("its .bin of " + (tokens.length - 2) + " bytes ends before the tokens");

        Files.write(bin, tokens);
        Files.write(idx, Arrays.copyOf(index, index.length - 1));
        assertThat(messageOf(idx)).contains("do not fit its 46 sequences in 46 documents; is it truncated?");

        byte[] floats = index.clone();
        floats[17] = 6;
        Files.write(idx, floats);
        assertThat(messageOf(idx)).isEqualTo(idx + ": its numbers are fractions, not token ids" + SKIP);

        byte[] hostile = index.clone();
        ByteBuffer.wrap(hostile).order(ByteOrder.LITTLE_ENDIAN).putLong(18, Long.MAX_VALUE / 3);
        Files.write(idx, hostile);
        assertThat(messageOf(idx)).contains("which do not fit");

        Random random = new Random(5);
        for (int i = 0; i < 100; i++) {
            byte[] changed = index.clone();
            changed[9 + random.nextInt(changed.length - 9)] = (byte) random.nextInt(256);
            Files.write(idx, changed);
            try (CorpusReader reader = reader(idx, tokenizer, null)) {
                reader.forEachRemaining(piece -> {});
            } catch (LogitstreamException e) {
                assertThat(e.getMessage()).doesNotContain("\n", "Exception", "null");
            }
        }
    }

    @Test
    void aPairWhoseIndexIsNoneIsDamaged() throws IOException {
        Path idx = Corpora.write(folder.resolve("a.idx"), "no index");
        Path bin = Corpora.write(folder.resolve("a.bin"), new byte[100]);
        String reason = idx + ": it is not an index of tokens: it does not begin with MMIDIDX" + SKIP;

        for (Path source : List.of(idx, bin, folder.resolve("a"), folder)) {
            assertThat(messageOf(source)).isEqualTo(reason);
        }
        Files.delete(idx);
        assertThat(messageOf(bin))
                .contains("skipped a.bin: binary (a NUL byte); token ids need their .idx beside them");
    }

    @Test
    @SuppressWarnings("ReferenceEquality") // The end of a pass is one object, which a piece may equal.
    void tokensThatChangeBetweenTwoPassesAreNoticed() throws IOException {
        Path idx = Files.copy(resource("with-ends.idx"), folder.resolve("a.idx"));
        Path bin = Files.copy(resource("with-ends.bin"), folder.resolve("a.bin"));
        CorpusConfig twice = new CorpusConfig(
                idx.toString(),
                "c",
                null,
                null,
                null,
                null,
                0L,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                2,
                null);
        try (CorpusReader reader = new CorpusReader(twice, tokenizer)) {
            while (reader.next() != TextPiece.END_OF_PASS) {
                // The first pass.
            }
            Files.setLastModifiedTime(bin, FileTime.fromMillis(1));
            assertThatThrownBy(() -> reader.forEachRemaining(piece -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("of its .bin, it was written to while it was read");
        }
    }

    @Test
    void placesOfAnOldIndexDoNotWrapAround() throws IOException {
        byte[] old = Files.readAllBytes(resource("old-int32.idx"));
        // The first place and the second one, in tokens; they stand after the header and the sizes of two arrays.
        ByteBuffer buffer = ByteBuffer.wrap(old).order(ByteOrder.LITTLE_ENDIAN);
        int places = 8 + 6 * Long.BYTES + Math.toIntExact(buffer.getLong(8 + 3 * Long.BYTES) + 1) * Long.BYTES;
        buffer.putLong(places, 1L << 62).putLong(places + Long.BYTES, (1L << 62) + 3);
        Files.write(folder.resolve("a.idx"), old);
        Files.copy(resource("old-int32.bin"), folder.resolve("a.bin"));

        assertThat(messageOf(folder.resolve("a.idx"))).contains("its index is corrupt");
    }

    @Test
    void otherFilesWithTheExtensionAreNoIndexes() throws IOException {
        Files.write(folder.resolve("pack.idx"), "text".getBytes(StandardCharsets.UTF_8));
        try (CorpusReader reader = reader(folder, tokenizer, null)) {
            assertThat(reader.next().text()).isEqualTo("text");
        }
    }

    private String messageOf(Path source) {
        try (CorpusReader reader = reader(source, tokenizer, null)) {
            return assertThatThrownBy(() -> reader.forEachRemaining(piece -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .actual()
                    .getMessage();
        }
    }

    private static List<CorpusBatch> batches(Path source, long shuffleSeed) {
        CorpusConfig config = config(source, shuffleSeed, null);
        CorpusReader reader = new CorpusReader(
                config, tokenizer, InputStream.nullInputStream(), new CorpusReader.Limits(1000, 1 << 20));
        List<CorpusBatch> batches = new ArrayList<>();
        try (TokenBatchSource records =
                new TokenBatchSource(config, reader, tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            records.forEachRemaining(batches::add);
        }
        return batches;
    }

    private static CorpusReader reader(Path source, Tokenizer tokenizer, String damaged) {
        return new CorpusReader(config(source, 0L, damaged), tokenizer);
    }

    private static CorpusConfig config(Path source, long shuffleSeed, String damaged) {
        return new CorpusConfig(
                source.toString(), "c", null, null, damaged, null, shuffleSeed, 2500, 16, 2, null, null, null, null);
    }

    private static Path resource(String name) {
        try {
            return Path.of(IndexedTest.class.getResource("indexed/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
