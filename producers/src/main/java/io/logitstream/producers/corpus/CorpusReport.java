package io.logitstream.producers.corpus;

import java.util.List;

/**
 * What was read of a corpus so far.
 *
 * @param files files that gave text
 * @param documents documents with text in them
 * @param textBytes bytes of their text in UTF-8
 * @param emptyDocuments documents without a character; they leave no trace in the tokens
 * @param skippedFiles files left out: binary, no UTF-8, not readable
 * @param brokenLines JSON lines left out: broken, too long, without the text field
 * @param problems the first skipped files and the first broken lines, with their cause
 */
public record CorpusReport(
        long files,
        long documents,
        long textBytes,
        long emptyDocuments,
        long skippedFiles,
        long brokenLines,
        List<String> problems) {

    /** The same but for documents that were not used. */
    public CorpusReport without(long leftOutDocuments, long leftOutBytes) {
        return new CorpusReport(
                files,
                Math.max(0, documents - leftOutDocuments),
                Math.max(0, textBytes - leftOutBytes),
                emptyDocuments,
                skippedFiles,
                brokenLines,
                problems);
    }

    /** One line for a user. */
    @Override
    public String toString() {
        return documents + " documents, " + textBytes + " bytes of text in " + files + " files"
                + (emptyDocuments == 0 ? "" : ", " + emptyDocuments + " empty documents")
                + (skippedFiles == 0 ? "" : ", " + skippedFiles + " files skipped")
                + (brokenLines == 0 ? "" : ", " + brokenLines + " broken lines left out");
    }
}
