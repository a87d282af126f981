package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.FileRange;
import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/** The stored bytes of a page, with their checksum. Ends after them. */
final class StoredPage extends InputStream {
    private final FileRange file;
    private final PageHeader header;
    private final CRC32 crc = new CRC32();
    private long left;

    StoredPage(FileRange file, PageHeader header) {
        this.file = file;
        this.header = header;
        left = header.packedBytes();
    }

    /** Bytes not yet read. */
    long left() {
        return left;
    }

    /** Reads the rest of the page, and compares its checksum if it has one. */
    void finish() throws IOException {
        byte[] rest = new byte[8192];
        while (left > 0) {
            read(rest, 0, rest.length);
        }
        if (header.isChecked() && (int) crc.getValue() != header.crc()) {
            throw UnusableFileException.damaged("the checksum of the page that ends at byte " + file.position()
                    + " does not match; copy the file again");
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int read = file.read(buffer, offset, (int) Math.min(left, length));
        if (read < 0) {
            throw new EOFException();
        }
        crc.update(buffer, offset, read);
        left -= read;
        return read;
    }

    @Override
    public int available() {
        // Decompressors take 0 for the end of the stream.
        return left > 0 ? 1 : 0;
    }
}
