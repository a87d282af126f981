package io.logitstream.producers.corpus;

import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.text.TextPiece;

/** Counts of the text that a corpus has given in its first pass; later passes give the same. */
final class TextCounts {
    private final Passes passes;
    private long files;
    private long documents;
    private long textBytes;
    private long emptyDocuments;

    TextCounts(Passes passes) {
        this.passes = passes;
    }

    /**
     * Counts a piece.
     *
     * @param firstOfFile whether it is the first of its file
     * @param firstOfDocument whether it is the first of its document
     */
    void add(TextPiece piece, boolean firstOfFile, boolean firstOfDocument) {
        if (passes.isFirst()) {
            files += firstOfFile ? 1 : 0;
            documents += firstOfDocument ? 1 : 0;
            textBytes += piece.bytes();
        }
    }

    /** Counts a document without a character. */
    void addEmpty() {
        emptyDocuments += passes.isFirst() ? 1 : 0;
    }

    /** Whether there was no text. */
    boolean isEmpty() {
        return documents == 0;
    }

    CorpusReport report(CorpusProblems problems) {
        return new CorpusReport(
                files,
                documents,
                textBytes,
                emptyDocuments,
                problems.skippedFiles(),
                problems.brokenLines(),
                problems.logged());
    }
}
