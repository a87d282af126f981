package io.logitstream.producers.corpus;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Writes Parquet files byte by byte, to have those that no writer makes. They have one column of text. */
final class ParquetBuilder {
    static final int DATA = 0;
    static final int DICTIONARY = 2;
    static final int PLAIN = 0;
    static final int RLE_DICTIONARY = 8;

    /** Writes Thrift's compact protocol. */
    private static final class Thrift {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private int last;

        Thrift i32(int id, long value) {
            head(id, 5);
            varint(value << 1 ^ value >> 63);
            return this;
        }

        Thrift i64(int id, long value) {
            head(id, 6);
            varint(value << 1 ^ value >> 63);
            return this;
        }

        Thrift name(int id, String text) {
            head(id, 8);
            text(text);
            return this;
        }

        Thrift names(int id, List<String> texts) {
            head(id, 9);
            size(8, texts.size());
            texts.forEach(this::text);
            return this;
        }

        Thrift struct(int id, Consumer<Thrift> fields) {
            head(id, 12);
            nested(fields);
            return this;
        }

        Thrift structs(int id, List<Consumer<Thrift>> all) {
            head(id, 9);
            size(12, all.size());
            all.forEach(this::nested);
            return this;
        }

        byte[] end() {
            out.write(0);
            return out.toByteArray();
        }

        private void nested(Consumer<Thrift> fields) {
            Thrift inner = new Thrift();
            fields.accept(inner);
            out.writeBytes(inner.end());
        }

        private void head(int id, int type) {
            out.write((id - last) << 4 | type);
            last = id;
        }

        private void size(int type, int size) {
            out.write(0xF0 | type);
            varint(size);
        }

        private void text(String text) {
            varint(text.length());
            out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        private void varint(long value) {
            long rest = value;
            for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
                out.write((int) rest & 0x7F | 0x80);
            }
            out.write((int) rest);
        }
    }

    private final ByteArrayOutputStream pages = new ByteArrayOutputStream();
    private final List<String> path = new ArrayList<>(List.of("text"));
    private boolean optional;
    private long firstData = -1;
    private long end = -1;

    ParquetBuilder() {
        pages.writeBytes("PAR1".getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Values may be missing: pages begin with levels. */
    ParquetBuilder optional() {
        optional = true;
        return this;
    }

    /** Names after the first one in the column's metadata. */
    ParquetBuilder names(int more) {
        for (int i = 0; i < more; i++) {
            path.add("a");
        }
        return this;
    }

    /** Adds bytes of other columns. */
    ParquetBuilder others(int bytes) {
        end = pages.size();
        pages.writeBytes(new byte[bytes]);
        return this;
    }

    /** Adds a page without compression, with sizes that need not be true. */
    ParquetBuilder page(int kind, int bytes, int values, int encoding, byte[] content) {
        if (kind == DATA && firstData < 0) {
            firstData = pages.size();
        }
        pages.writeBytes(new Thrift()
                .i32(1, kind)
                .i32(2, bytes)
                .i32(3, content.length)
                .struct(kind == DATA ? 5 : 7, header -> {
                    header.i32(1, values).i32(2, encoding);
                    if (kind == DATA) {
                        header.i32(3, 3).i32(4, 3);
                    }
                })
                .end());
        pages.writeBytes(content);
        return this;
    }

    /** The file, with one row group. */
    byte[] file(long rows) {
        long columnEnd = end < 0 ? pages.size() : end;
        byte[] footer = new Thrift()
                .i32(1, 1)
                .structs(
                        2,
                        List.of(
                                root -> root.name(4, "schema").i32(5, 1),
                                text -> text.i32(1, 6)
                                        .i32(3, optional ? 1 : 0)
                                        .name(4, "text")
                                        .i32(6, 0)))
                .i64(3, rows)
                .structs(
                        4,
                        List.of(group -> group.structs(
                                        1,
                                        List.of(chunk -> chunk.i64(2, 0)
                                                .struct(
                                                        3,
                                                        column -> column.i32(1, 6)
                                                                .names(3, path)
                                                                .i32(4, 0)
                                                                .i64(5, rows)
                                                                .i64(7, columnEnd - 4)
                                                                .i64(9, firstData < 0 ? 4 : firstData)
                                                                .i64(11, firstData > 4 ? 4 : 0))))
                                .i64(3, rows)))
                .end();
        pages.writeBytes(footer);
        pages.writeBytes(little(footer.length));
        pages.writeBytes("PAR1".getBytes(StandardCharsets.ISO_8859_1));
        return pages.toByteArray();
    }

    /** An integer of four bytes. */
    static byte[] little(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
