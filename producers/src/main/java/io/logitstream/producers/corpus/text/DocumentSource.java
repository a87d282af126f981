package io.logitstream.producers.corpus.text;

import java.io.Closeable;
import java.io.IOException;

/** The documents of one file, in order. */
public interface DocumentSource extends Closeable {
    /**
     * Next document, to be read before the next call; null after the last one.
     *
     * @param pieceCharacters largest number of characters of a piece
     */
    DocumentPieces next(int pieceCharacters) throws IOException;
}
