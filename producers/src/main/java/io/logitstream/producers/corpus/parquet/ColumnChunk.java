package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Place of a column's pages in a row group.
 *
 * @param start position in the file of the first page
 * @param end position after which no page follows
 * @param codec code of the compression
 * @param values number of values, including nulls
 */
record ColumnChunk(long start, long end, int codec, long values) {
    // Early versions of parquet-cpp did not count the header of the dictionary's page (PARQUET-816).
    private static final int UNCOUNTED = 100;

    private static final int MAX_DEPTH = 1000;

    /** Fields of a column's metadata, as they are read. */
    static final class Metadata {
        private final List<String> path = new ArrayList<>();
        private boolean encrypted;
        private boolean elsewhere;
        private int codec;
        private long values;
        private long bytes;
        private long dataPage;
        private long dictionaryPage;

        /** Reads a field of ColumnChunk. */
        void field(CompactReader in, int id) throws IOException {
            switch (id) {
                case 1 -> {
                    elsewhere = true;
                    in.skip();
                }
                case 3 -> in.struct(this::metadata);
                case 8, 9 -> {
                    encrypted = true;
                    in.skip();
                }
                default -> in.skip();
            }
        }

        private void metadata(CompactReader in, int id) throws IOException {
            switch (id) {
                case 3 -> in.list(this::name);
                case 4 -> codec = in.i32();
                case 5 -> values = in.i64();
                case 7 -> bytes = in.i64();
                case 9 -> dataPage = in.i64();
                case 11 -> dictionaryPage = in.i64();
                default -> in.skip();
            }
        }

        private void name(CompactReader in) throws IOException {
            if (path.size() == MAX_DEPTH) {
                throw UnusableFileException.damaged("its Parquet metadata is corrupt");
            }
            path.add(in.name());
        }

        boolean isOf(List<String> column) {
            return path.equals(column);
        }

        /** Whether the names of encrypted columns cannot be read, so that this may be the wanted one. */
        boolean isHidden() {
            return encrypted && path.isEmpty();
        }

        /**
         * Checks the place.
         *
         * @param rowGroup number of the row group, from 1
         * @param rows rows of the row group
         * @param footer position in the file at which the footer starts
         */
        ColumnChunk chunk(int rowGroup, long rows, long footer) throws UnusableFileException {
            if (encrypted) {
                throw UnusableFileException.misfit("its text is encrypted; write it without encryption");
            }
            if (elsewhere) {
                throw UnusableFileException.misfit("its text is in another file; read that one");
            }
            long start = dictionaryPage > 0 && dictionaryPage < dataPage ? dictionaryPage : dataPage;
            if (start < ParquetFile.MAGIC_BYTES || start > footer || bytes < 0 || bytes > footer - start) {
                throw UnusableFileException.damaged(
                        "row group " + rowGroup + " lies outside the file; is it truncated?");
            }
            if (values != rows) {
                throw UnusableFileException.damaged(
                        "row group " + rowGroup + " has " + rows + " rows, but " + values + " values of text");
            }
            return new ColumnChunk(start, Math.min(footer, start + bytes + UNCOUNTED), codec, values);
        }
    }
}
