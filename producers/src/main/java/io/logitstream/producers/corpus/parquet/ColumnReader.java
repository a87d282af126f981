package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.FileRange;
import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;

/** Reads the values of the column of a file, row by row. */
final class ColumnReader {
    private static final int RLE = 3;
    private static final int MAX_LEVEL_BYTES = 64 << 20;

    private final ParquetFile file;
    private final int maxLevel;
    private final Iterator<ColumnChunk> chunks;
    private ColumnChunk chunk;
    private FileRange pages;
    private Dictionary dictionary;
    private long valuesLeft;
    private StoredPage stored;
    private PageBytes page;
    private int pageLeft;
    private HybridReader levels;
    private TextValues values;
    private TextValues.Value value;
    private long bytesBefore;

    ColumnReader(ParquetFile file) {
        this.file = file;
        maxLevel = file.column().maxDefinitionLevel();
        chunks = file.chunks().iterator();
    }

    /** Whether there is another row. Moves to it. */
    boolean nextRow() throws IOException {
        while (pageLeft == 0) {
            if (valuesLeft == 0 && !nextChunk()) {
                return false;
            }
            if (valuesLeft > 0) {
                nextPage();
            }
        }
        pageLeft--;
        valuesLeft--;
        value = isPresent() ? values.next() : null;
        return true;
    }

    private boolean isPresent() throws IOException {
        int level = levels == null ? maxLevel : levels.next();
        if (level > maxLevel) {
            throw PageBytes.corrupt();
        }
        return level == maxLevel;
    }

    /** Value of the row; null if it has none. */
    TextValues.Value value() {
        return value;
    }

    /** Stored bytes read so far. */
    long bytesRead() {
        return bytesBefore + (pages == null ? 0 : pages.position() - chunk.start());
    }

    private boolean nextChunk() throws IOException {
        endPage();
        bytesBefore = bytesRead();
        pages = null;
        dictionary = null;
        if (!chunks.hasNext()) {
            return false;
        }
        chunk = chunks.next();
        pages = file.range(chunk.start(), chunk.end());
        valuesLeft = chunk.values();
        return true;
    }

    private void nextPage() throws IOException {
        endPage();
        if (pages.remaining() == 0) {
            throw PageBytes.corrupt();
        }
        PageHeader header = PageHeader.read(new CompactReader(pages));
        if (header.packedBytes() > pages.remaining()) {
            throw UnusableFileException.damaged(
                    "the page at byte " + pages.position() + " is larger than its row group; is the file truncated?");
        }
        stored = new StoredPage(pages, header);
        if (header.kind() == PageHeader.DICTIONARY) {
            page = unpacked(header, header.unpackedBytes());
            dictionary = Dictionary.read(page, header.values());
        } else if (header.isData()) {
            if (header.values() > valuesLeft) {
                throw PageBytes.corrupt();
            }
            readLevels(header);
            values = header.values() == 0 ? null : TextValues.of(header.encoding(), page, dictionary, header.values());
            pageLeft = header.values();
        }
    }

    private void readLevels(PageHeader header) throws IOException {
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(maxLevel);
        levels = null;
        if (header.kind() == PageHeader.DATA_2) {
            int levelBytes = header.definitionLevelBytes();
            PageBytes before = new PageBytes(stored, stored.left());
            before.skipNBytes(header.repetitionLevelBytes());
            byte[] definition = levelBytes(before, levelBytes);
            if (maxLevel > 0) {
                levels = hybrid(definition, width);
            }
            page = unpacked(header, header.unpackedBytes() - levelBytes - header.repetitionLevelBytes());
            return;
        }
        page = unpacked(header, header.unpackedBytes());
        if (maxLevel > 0) {
            if (header.levelEncoding() != RLE) {
                throw UnusableFileException.misfit(
                        "its levels have the old encoding BIT_PACKED; write it again with another tool");
            }
            levels = hybrid(levelBytes(page, page.littleEndian()), width);
        }
    }

    private static byte[] levelBytes(PageBytes in, int length) throws IOException {
        if (length < 0 || length > MAX_LEVEL_BYTES) {
            throw PageBytes.corrupt();
        }
        return in.bytes(length);
    }

    private static HybridReader hybrid(byte[] levels, int width) throws IOException {
        return new HybridReader(new PageBytes(new ByteArrayInputStream(levels), levels.length), width);
    }

    private PageBytes unpacked(PageHeader header, int bytes) throws IOException {
        boolean packed = header.isCompressed() && bytes > 0;
        InputStream in = packed ? PageCompression.unpack(chunk.codec(), stored, bytes) : stored;
        return new PageBytes(in, bytes);
    }

    /** Ends the page, whose checksum is compared now. Closing the decompressor frees native memory. */
    private void endPage() throws IOException {
        if (stored == null) {
            return;
        }
        StoredPage ended = stored;
        stored = null;
        closePage();
        ended.finish();
    }

    private void closePage() throws IOException {
        if (page != null) {
            page.close();
            page = null;
        }
    }

    /** Frees the buffers of the page. */
    void close() throws IOException {
        closePage();
    }
}
