package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.IOException;

/** Header of a page. */
final class PageHeader {
    /** Kind of a page of data, version 1: levels and values are compressed together. */
    static final int DATA = 0;

    /** Kind of a page of an index, which is skipped. */
    static final int INDEX = 1;

    /** Kind of a page with a dictionary. */
    static final int DICTIONARY = 2;

    /** Kind of a page of data, version 2: levels are stored before the compressed values. */
    static final int DATA_2 = 3;

    private int kind = -1;
    private int unpackedBytes;
    private int packedBytes;
    private boolean checked;
    private int crc;
    private int values;
    private int encoding;
    private int levelEncoding;
    private int definitionLevelBytes;
    private int repetitionLevelBytes;
    private boolean compressed = true;

    private PageHeader() {}

    /** Reads a header. */
    static PageHeader read(CompactReader in) throws IOException {
        PageHeader header = new PageHeader();
        in.struct(header::field);
        int levels = header.definitionLevelBytes + header.repetitionLevelBytes;
        boolean negative = header.unpackedBytes < 0
                || header.packedBytes < 0
                || header.values < 0
                || header.definitionLevelBytes < 0
                || header.repetitionLevelBytes < 0
                || levels < 0;
        if (negative || levels > header.packedBytes || levels > header.unpackedBytes) {
            throw UnusableFileException.damaged("the header of a page is corrupt");
        }
        return header;
    }

    private void field(CompactReader in, int id) throws IOException {
        switch (id) {
            case 1 -> kind = in.i32();
            case 2 -> unpackedBytes = in.i32();
            case 3 -> packedBytes = in.i32();
            case 4 -> {
                crc = in.i32();
                checked = true;
            }
            case 5 -> in.struct(this::data);
            case 7 -> in.struct(this::dictionary);
            case 8 -> in.struct(this::data2);
            default -> in.skip();
        }
    }

    private void data(CompactReader in, int id) throws IOException {
        switch (id) {
            case 1 -> values = in.i32();
            case 2 -> encoding = in.i32();
            case 3 -> levelEncoding = in.i32();
            default -> in.skip();
        }
    }

    private void dictionary(CompactReader in, int id) throws IOException {
        switch (id) {
            case 1 -> values = in.i32();
            case 2 -> encoding = in.i32();
            default -> in.skip();
        }
    }

    private void data2(CompactReader in, int id) throws IOException {
        switch (id) {
            case 1 -> values = in.i32();
            case 4 -> encoding = in.i32();
            case 5 -> definitionLevelBytes = in.i32();
            case 6 -> repetitionLevelBytes = in.i32();
            case 7 -> compressed = in.bool();
            default -> in.skip();
        }
    }

    int kind() {
        return kind;
    }

    boolean isData() {
        return kind == DATA || kind == DATA_2;
    }

    /** Bytes after decompression, levels included. */
    int unpackedBytes() {
        return unpackedBytes;
    }

    /** Bytes in the file after the header. */
    int packedBytes() {
        return packedBytes;
    }

    /** Whether there is a checksum of the stored bytes. */
    boolean isChecked() {
        return checked;
    }

    int crc() {
        return crc;
    }

    /** Number of values, including nulls. */
    int values() {
        return values;
    }

    int encoding() {
        return encoding;
    }

    /** Encoding of the definition levels of a page of version 1. */
    int levelEncoding() {
        return levelEncoding;
    }

    int definitionLevelBytes() {
        return definitionLevelBytes;
    }

    int repetitionLevelBytes() {
        return repetitionLevelBytes;
    }

    /** Whether the values are compressed; a page of version 2 can be stored as it is. */
    boolean isCompressed() {
        return compressed;
    }
}
