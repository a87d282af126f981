package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.FileRange;
import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An open Parquet file: its footer, with the place of one column of text. */
final class ParquetFile implements Closeable {
    /** Bytes of the sign at the beginning and the end. */
    static final int MAGIC_BYTES = 4;

    private static final String MAGIC = "PAR1";
    private static final String ENCRYPTED = "PARE";
    private static final int TAIL = Integer.BYTES + MAGIC_BYTES;

    private final FileChannel channel;
    private final ParquetSchema schema = new ParquetSchema();
    private final List<ColumnChunk> chunks = new ArrayList<>();
    private ParquetSchema.TextColumn column;
    private long rows;
    private int rowGroups;

    private ParquetFile(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Opens a file and reads its footer.
     *
     * @param textField name of the column, with dots for nested ones
     * @throws UnusableFileException when it is not a complete Parquet file with this column
     */
    static ParquetFile open(Path path, String textField) throws IOException {
        ParquetFile file = new ParquetFile(FileChannel.open(path));
        try {
            file.readFooter(textField);
            return file;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** Bytes of a range. */
    FileRange range(long start, long end) {
        return new FileRange(channel, start, end);
    }

    /** Places of the column in the row groups, in order. */
    List<ColumnChunk> chunks() {
        return chunks;
    }

    ParquetSchema.TextColumn column() {
        return column;
    }

    private void readFooter(String textField) throws IOException {
        long size = channel.size();
        if (size < MAGIC_BYTES + TAIL) {
            throw UnusableFileException.damaged("it is not a Parquet file: it has only " + size + " bytes");
        }
        String begin = magic(0);
        String end = magic(size - MAGIC_BYTES);
        if (begin.equals(ENCRYPTED) || end.equals(ENCRYPTED)) {
            throw UnusableFileException.misfit("it is encrypted; write it without encryption");
        }
        if (!begin.equals(MAGIC)) {
            throw UnusableFileException.damaged("it is not a Parquet file: it does not begin with " + MAGIC);
        }
        if (!end.equals(MAGIC)) {
            throw UnusableFileException.damaged("it is truncated: it does not end with " + MAGIC + "; copy it again");
        }
        long length = length(range(size - TAIL, size));
        long start = size - TAIL - length;
        if (length < 0 || start < MAGIC_BYTES) {
            throw UnusableFileException.damaged(
                    "its footer of " + (length & 0xFFFF_FFFFL) + " bytes is larger than the file");
        }
        try {
            new CompactReader(range(start, size - TAIL)).struct(this::schemaField);
            column = schema.textColumn(textField);
            new CompactReader(range(start, size - TAIL)).struct((in, id) -> rowGroupsField(in, id, start));
        } catch (EOFException e) {
            throw UnusableFileException.damaged("its Parquet metadata is corrupt");
        }
        long found = chunks.stream().mapToLong(ColumnChunk::values).sum();
        if (found != rows) {
            throw UnusableFileException.damaged("its footer counts " + rows + " rows, but its row groups " + found);
        }
    }

    private static int length(FileRange tail) throws IOException {
        int length = 0;
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            length |= tail.read() << shift;
        }
        return length;
    }

    private String magic(long position) throws IOException {
        return new String(range(position, position + MAGIC_BYTES).readNBytes(MAGIC_BYTES), StandardCharsets.ISO_8859_1);
    }

    private void schemaField(CompactReader in, int id) throws IOException {
        switch (id) {
            case 2 -> in.list(schema::read);
            case 3 -> rows = in.i64();
            default -> in.skip();
        }
    }

    private void rowGroupsField(CompactReader in, int id, long footer) throws IOException {
        if (id == 4) {
            in.list(group -> rowGroup(group, footer));
        } else {
            in.skip();
        }
    }

    private void rowGroup(CompactReader in, long footer) throws IOException {
        List<ColumnChunk.Metadata> found = new ArrayList<>();
        long[] rowsOfGroup = new long[1];
        rowGroups++;
        in.struct((same, id) -> {
            switch (id) {
                case 1 ->
                    same.list(chunk -> {
                        ColumnChunk.Metadata metadata = new ColumnChunk.Metadata();
                        chunk.struct(metadata::field);
                        if (found.isEmpty() && (metadata.isOf(column.path()) || metadata.isHidden())) {
                            found.add(metadata);
                        }
                    });
                case 3 -> rowsOfGroup[0] = same.i64();
                default -> same.skip();
            }
        });
        if (found.isEmpty()) {
            throw UnusableFileException.damaged(
                    "row group " + rowGroups + " has no column '" + String.join(".", column.path()) + "'");
        }
        if (rowsOfGroup[0] < 0) {
            throw UnusableFileException.damaged("row group " + rowGroups + " has " + rowsOfGroup[0] + " rows");
        }
        if (rowsOfGroup[0] == 0) {
            return;
        }
        chunks.add(found.get(0).chunk(rowGroups, rowsOfGroup[0], footer));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
