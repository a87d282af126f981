package io.logitstream.producers.corpus;

import static io.logitstream.producers.corpus.ParquetBuilder.DATA;
import static io.logitstream.producers.corpus.ParquetBuilder.DICTIONARY;
import static io.logitstream.producers.corpus.ParquetBuilder.PLAIN;
import static io.logitstream.producers.corpus.ParquetBuilder.RLE_DICTIONARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.logitstream.messages.LogitstreamException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parquet files that no writer makes: most have sizes and counts that are not true. */
class HostileParquetTest {
    private static final byte[] ONE_TEXT = {3, 0, 0, 0, 'o', 'n', 'e'};

    @TempDir
    Path folder;

    @Test
    void theFilesOfTheseTestsAreReadable() {
        byte[] file = new ParquetBuilder()
                .page(DATA, ONE_TEXT.length, 1, PLAIN, ONE_TEXT)
                .file(1);
        assertThat(Corpora.documents(reader(file))).containsExactly("one");
        byte[] dictionary = new ParquetBuilder()
                .page(DICTIONARY, ONE_TEXT.length, 1, PLAIN, ONE_TEXT)
                .page(DATA, 3, 2, RLE_DICTIONARY, new byte[] {1, 4, 0})
                .file(2);
        assertThat(Corpora.documents(reader(dictionary))).containsExactly("one", "one");
    }

    /** An estimate from a part of a file takes it for that part of all of its bytes. */
    @Test
    void columnsThatAreNotReadCountWithThoseThatAre() {
        byte[] text = new byte[100_000];
        Arrays.fill(text, (byte) 'a');
        byte[] value = ByteBuffer.allocate(4 + text.length)
                .put(ParquetBuilder.little(text.length))
                .put(text)
                .array();
        byte[] file = new ParquetBuilder()
                .page(DATA, value.length, 1, PLAIN, value)
                .page(DATA, value.length, 1, PLAIN, value)
                .others(5_000_000)
                .file(2);
        try (CorpusReader reader = reader(file)) {
            while (!reader.next().endOfDocument()) {
                // The pieces of the first text.
            }
            assertThat(reader.fraction()).isBetween(0.4, 0.6);
        }
    }

    @Test
    @Timeout(20)
    void aNegativeNumberOfRowsIsRefused() {
        byte[] file = new ParquetBuilder()
                .page(DATA, ONE_TEXT.length, 1, PLAIN, ONE_TEXT)
                .file(-1);
        assertThatThrownBy(() -> Corpora.documents(reader(file))).hasMessageContaining("row group 1 has -1 rows");
    }

    @Test
    void aPathOfThousandsOfNamesIsRefused() {
        byte[] file = new ParquetBuilder()
                .names(2000)
                .page(DATA, ONE_TEXT.length, 1, PLAIN, ONE_TEXT)
                .file(1);
        assertThatThrownBy(() -> Corpora.documents(reader(file)))
                .hasMessageContaining("its Parquet metadata is corrupt");
    }

    @Test
    void aClaimedSizeAllocatesNothing() {
        byte[] file = new ParquetBuilder()
                .page(DICTIONARY, 60 << 20, 15 << 20, PLAIN, ONE_TEXT)
                .page(DATA, 3, 2, RLE_DICTIONARY, new byte[] {1, 4, 0})
                .file(2);
        long before = allocated();
        assertThatThrownBy(() -> Corpora.documents(reader(file)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("its data ends too early");
        assertThat(allocated() - before).isLessThan(10 << 20);
    }

    /** A text takes 20 bytes more when it is an object of its own. */
    @Test
    void aDictionaryOfSmallValuesTakesAFewTimesItsBytes() {
        byte[] page = new byte[8 << 20];
        byte[] file = new ParquetBuilder()
                .page(DICTIONARY, page.length, page.length / 4, PLAIN, page)
                .page(DATA, 3, 2, RLE_DICTIONARY, new byte[] {1, 4, 0})
                .file(2);
        CorpusReader reader = reader(file);
        long before = allocated();
        assertThatThrownBy(() -> Corpora.documents(reader)).hasMessageContaining("empty corpus");
        assertThat(allocated() - before).isLessThan(4L * page.length);
        assertThat(reader.report().emptyDocuments()).isEqualTo(2);
    }

    @Test
    void aLevelAboveTheColumnsIsCorruptAndNotAMissingText() {
        // Two bytes of levels: a run of one value, 2, in a column whose highest is 1.
        byte[] content = {2, 0, 0, 0, 2, 2, 3, 0, 0, 0, 'o', 'n', 'e'};
        byte[] file = new ParquetBuilder()
                .optional()
                .page(DATA, content.length, 1, PLAIN, content)
                .file(1);
        assertThatThrownBy(() -> Corpora.documents(reader(file))).hasMessageContaining("row 1: a page is corrupt");
    }

    @Test
    void aPageOfMissingTextsNeedsNoDictionary() {
        byte[] missing = {2, 0, 0, 0, 4, 0};
        byte[] there = {2, 0, 0, 0, 2, 1, 3, 0, 0, 0, 'o', 'n', 'e'};
        byte[] file = new ParquetBuilder()
                .optional()
                .page(DATA, missing.length, 2, RLE_DICTIONARY, missing)
                .page(DATA, there.length, 1, PLAIN, there)
                .file(3);
        CorpusReader reader = reader(file);
        assertThat(Corpora.documents(reader)).containsExactly("one");
        assertThat(reader.report().brokenLines()).isEqualTo(2);
    }

    private CorpusReader reader(byte[] file) {
        return Corpora.open(Corpora.config(Corpora.write(folder.resolve("a.parquet"), file)));
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
