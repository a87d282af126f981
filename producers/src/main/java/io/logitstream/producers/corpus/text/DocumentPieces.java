package io.logitstream.producers.corpus.text;

import java.io.IOException;

/** A document in pieces of bounded size. */
public interface DocumentPieces {
    /** Next piece; null after the last one. An empty document has one empty piece. */
    TextPiece next() throws IOException;
}
