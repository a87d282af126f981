package io.logitstream.producers.batches;

import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;

/** Takes a corpus apart by document: every n-th one is held out, so that the two parts have no document in common. */
final class HoldOutFilter {
    private final int holdOut;
    private final boolean heldOutPart;
    private long document;
    private long leftOut;
    private long leftOutBytes;

    private HoldOutFilter(int holdOut, boolean heldOutPart) {
        this.holdOut = holdOut;
        this.heldOutPart = heldOutPart;
    }

    static HoldOutFilter of(CorpusConfig config) {
        return new HoldOutFilter(config.holdOut() == null ? 0 : config.holdOut(), config.heldOutPart());
    }

    /** Whether a piece is of this part; to be asked of every piece, in their order. */
    boolean takes(TextPiece piece) {
        boolean heldOut = holdOut > 0 && document % holdOut == holdOut - 1;
        boolean taken = heldOut == heldOutPart;
        if (piece.endOfDocument()) {
            document++;
            leftOut += taken ? 0 : 1;
        }
        leftOutBytes += taken ? 0 : piece.bytes();
        return taken;
    }

    /** What was not of this part so far. */
    ExcludedDocuments leftOut() {
        return new ExcludedDocuments(holdOut, heldOutPart, leftOut, leftOutBytes);
    }
}
