package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.UnusableFileException;
import io.logitstream.producers.corpus.text.DocumentPieces;
import io.logitstream.producers.corpus.text.DocumentSource;
import io.logitstream.producers.corpus.text.PieceSplitter;
import io.logitstream.producers.corpus.text.TextCheck;
import java.io.EOFException;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;

/** A Parquet file: each row is a document, in one column of text. */
public final class ParquetDocuments implements DocumentSource {
    // A longer text is not held, so that its encoding can be checked only while it is used.
    private static final int MAX_CHECKED = 8 << 20;

    private final String name;
    private final String textField;
    private final CorpusProblems problems;
    private final ParquetFile file;
    private final ColumnReader column;
    private final long fileBytes;
    private final long columnBytes;
    private long row;

    /**
     * Opens a file.
     *
     * @param file a file of its own, not in an archive and not a pipe
     * @param textField name of the column, with dots for nested ones
     * @param problems receives rows without a text
     * @throws UnusableFileException when it is not a complete Parquet file with this column
     */
    public ParquetDocuments(CorpusFile file, String textField, CorpusProblems problems) throws IOException {
        if (file.path() == null) {
            throw UnusableFileException.misfit("a Parquet file cannot be read from an archive or a pipe; unpack it");
        }
        name = file.name();
        this.textField = textField;
        this.problems = problems;
        this.file = ParquetFile.open(file.path(), textField);
        column = new ColumnReader(this.file);
        fileBytes = Math.max(0, file.bytes());
        columnBytes = this.file.chunks().stream()
                .mapToLong(chunk -> chunk.end() - chunk.start())
                .sum();
        if (this.file.chunks().isEmpty()) {
            problems.note(name + " has no rows");
        }
    }

    @Override
    public DocumentPieces next(int pieceCharacters) throws IOException {
        try {
            while (column.nextRow()) {
                row++;
                DocumentPieces text = text(column.value(), pieceCharacters);
                if (text != null) {
                    return text;
                }
            }
            return null;
        } catch (IOException e) {
            throw placed(e);
        }
    }

    /** Bytes of the file up to this row: those of the column, with an equal share of all that is not read. */
    public long bytesRead() {
        return columnBytes == 0 ? 0 : Math.round((double) fileBytes * column.bytesRead() / columnBytes);
    }

    private DocumentPieces text(TextValues.Value value, int pieceCharacters) throws IOException {
        if (value == null) {
            problems.brokenRow(name, row, "no value in column '" + textField + "'");
            return null;
        }
        if (value.length() > MAX_CHECKED) {
            return new PieceSplitter(
                    new LongText(new InputStreamReader(value.bytes(), TextCheck.strictDecoder())), pieceCharacters);
        }
        byte[] bytes = value.bytes().readNBytes(value.length());
        if (bytes.length < value.length()) {
            throw new EOFException();
        }
        try {
            return PieceSplitter.of(TextCheck.decode(bytes), pieceCharacters);
        } catch (CharacterCodingException e) {
            problems.brokenRow(name, row, "not valid UTF-8");
            return null;
        }
    }

    /** Names the row of a failure. Decompressors report corrupt data with errors of their own. */
    private IOException placed(IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return e;
        }
        String where = "row " + (row + 1) + ": ";
        if (e instanceof CharacterCodingException) {
            return UnusableFileException.damaged(where + "not valid UTF-8");
        }
        if (e instanceof UnusableFileException unusable) {
            return unusable.at(where);
        }
        String reason = e.getMessage() == null ? "its data ends too early" : e.getMessage();
        return UnusableFileException.damaged(where + reason);
    }

    /** A text that is decoded while it is used. */
    private final class LongText extends FilterReader {
        LongText(Reader in) {
            super(in);
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (IOException e) {
                row--;
                throw placed(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            column.close();
        } finally {
            file.close();
        }
    }
}
