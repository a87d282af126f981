package io.logitstream.producers.batches;

import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;

/**
 * Divides a corpus by document: every n-th one is held out for evaluation. Accepts the documents of one of the two
 * parts, which have no document in common.
 */
final class HoldOutFilter {
    private final int holdOut;
    private final boolean heldOutPart;
    private long document;
    private long excludedDocuments;
    private long excludedBytes;
    private boolean repeating;

    private HoldOutFilter(int holdOut, boolean heldOutPart) {
        this.holdOut = holdOut;
        this.heldOutPart = heldOutPart;
    }

    static HoldOutFilter of(CorpusConfig config) {
        return new HoldOutFilter(config.holdOut() == null ? 0 : config.holdOut(), config.heldOutPart());
    }

    /** Whether a piece belongs to this part. Must be called for each piece, in order. */
    boolean accepts(TextPiece piece) {
        boolean heldOut = holdOut > 0 && document % holdOut == holdOut - 1;
        boolean accepted = heldOut == heldOutPart;
        if (piece.endOfDocument()) {
            document++;
            excludedDocuments += accepted || repeating ? 0 : 1;
        }
        excludedBytes += accepted || repeating ? 0 : piece.bytes();
        return accepted;
    }

    /** Begins another pass, in which the same documents are held out. */
    void repeat() {
        document = 0;
        repeating = true;
    }

    /** Documents of the other part so far. */
    ExcludedDocuments excluded() {
        return new ExcludedDocuments(holdOut, heldOutPart, excludedDocuments, excludedBytes);
    }
}
