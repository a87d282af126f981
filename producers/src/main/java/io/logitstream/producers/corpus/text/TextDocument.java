package io.logitstream.producers.corpus.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;

/** A file that is one document. A byte order mark at the beginning is skipped. */
public final class TextDocument implements DocumentSource {
    private static final int BYTE_ORDER_MARK = 0xFEFF;

    private final Reader reader;
    private boolean given;

    /** @param in content of the file, closed with this object */
    public TextDocument(InputStream in) {
        reader = new BufferedReader(new InputStreamReader(in, TextCheck.strictDecoder()));
    }

    @Override
    public DocumentPieces next(int pieceCharacters) throws IOException {
        if (given) {
            return null;
        }
        given = true;
        reader.mark(1);
        if (reader.read() != BYTE_ORDER_MARK) {
            reader.reset();
        }
        return new PieceSplitter(reader, pieceCharacters);
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
