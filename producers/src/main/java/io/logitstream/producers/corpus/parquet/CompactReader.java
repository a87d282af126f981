package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads Thrift's compact protocol, in which Parquet writes its metadata. Fields that are not asked for are skipped
 * without being held.
 */
final class CompactReader {
    /** Reads the value of the field at which the reader stands, or skips it. */
    @FunctionalInterface
    interface Field {
        void read(CompactReader in, int id) throws IOException;
    }

    /** Reads the element of a list at which the reader stands. */
    @FunctionalInterface
    interface Element {
        void read(CompactReader in) throws IOException;
    }

    private static final int TRUE = 1;
    private static final int FALSE = 2;
    private static final int BYTE = 3;
    private static final int I16 = 4;
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int DOUBLE = 7;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int SET = 10;
    private static final int MAP = 11;
    private static final int STRUCT = 12;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NAME = 1 << 16;

    private final InputStream in;
    private int type = STRUCT;
    private int depth;

    /** @param in bytes that end with the structure, or a range of the file that holds it */
    CompactReader(InputStream in) {
        this.in = in;
    }

    /** Reads a structure, field by field. */
    void struct(Field field) throws IOException {
        require(STRUCT);
        enter();
        int id = 0;
        for (int head = next(); head != 0; head = next()) {
            int delta = head >>> 4;
            id = delta == 0 ? (int) zigzag() : id + delta;
            type = head & 0xF;
            field.read(this, id);
        }
        depth--;
    }

    /** Reads a list, element by element. */
    void list(Element element) throws IOException {
        require(LIST);
        enter();
        int head = next();
        int elements = head & 0xF;
        // The bytes bound the loop: each element takes at least one.
        long size = head >>> 4 == 15 ? varint() : head >>> 4;
        for (long i = 0; i < size; i++) {
            type = elements;
            element.read(this);
        }
        depth--;
    }

    int i32() throws IOException {
        require(I32);
        return (int) zigzag();
    }

    long i64() throws IOException {
        require(I64);
        return zigzag();
    }

    boolean bool() throws IOException {
        if (type != TRUE && type != FALSE) {
            throw corrupt();
        }
        return type == TRUE;
    }

    /** Reads a name. */
    String name() throws IOException {
        require(BINARY);
        long length = varint();
        if (length < 0 || length > MAX_NAME) {
            throw corrupt();
        }
        byte[] bytes = in.readNBytes((int) length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Skips the value. */
    void skip() throws IOException {
        switch (type) {
            case TRUE, FALSE -> {
                // The value is the type.
            }
            case BYTE -> next();
            case I16, I32, I64 -> varint();
            case DOUBLE -> skip(Double.BYTES);
            case BINARY -> skip(varint());
            case LIST, SET -> {
                type = LIST;
                list(CompactReader::skipElement);
            }
            case MAP -> skipMap();
            case STRUCT -> struct((same, id) -> skip());
            default -> throw corrupt();
        }
    }

    /** In lists and maps, a boolean takes a byte. */
    private void skipElement() throws IOException {
        if (type == TRUE || type == FALSE) {
            next();
        } else {
            skip();
        }
    }

    private void skipMap() throws IOException {
        enter();
        long size = varint();
        int types = size == 0 ? 0 : next();
        for (long i = 0; i < size; i++) {
            type = types >>> 4;
            skipElement();
            type = types & 0xF;
            skipElement();
        }
        depth--;
    }

    private void skip(long bytes) throws IOException {
        if (bytes < 0) {
            throw corrupt();
        }
        in.skipNBytes(bytes);
    }

    private void enter() throws IOException {
        if (++depth > MAX_DEPTH) {
            throw corrupt();
        }
    }

    private void require(int expected) throws IOException {
        if (type != expected) {
            throw corrupt();
        }
    }

    private long zigzag() throws IOException {
        long value = varint();
        return (value >>> 1) ^ -(value & 1);
    }

    private long varint() throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int b = next();
            value |= (long) (b & 0x7F) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw corrupt();
    }

    private int next() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException();
        }
        return b;
    }

    private static UnusableFileException corrupt() {
        return UnusableFileException.damaged("its Parquet metadata is corrupt");
    }
}
