package io.logitstream.producers.corpus;

import io.logitstream.messages.Plural;
import java.util.List;

/**
 * Counts of a corpus read so far.
 *
 * @param files files with text
 * @param documents documents with text
 * @param textBytes bytes of their text in UTF-8
 * @param emptyDocuments documents without a character, which add no token
 * @param skippedFiles skipped files: binary, not UTF-8, or not readable
 * @param brokenLines skipped JSON lines: broken, too long, or without the text field
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
    /** Nothing was read. */
    public static final CorpusReport EMPTY = new CorpusReport(0, 0, 0, 0, 0, 0, List.of());

    /** The counts without documents that were not used. */
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
        return documents + " " + Plural.of(documents, "document") + ", " + textBytes + " bytes of text in " + files
                + " " + Plural.of(files, "file")
                + (emptyDocuments == 0 ? "" : ", " + emptyDocuments + " empty " + Plural.of(emptyDocuments, "document"))
                + (skippedFiles == 0 ? "" : ", " + skippedFiles + " " + Plural.of(skippedFiles, "file") + " skipped")
                + (brokenLines == 0
                        ? ""
                        : ", " + brokenLines + " broken " + Plural.of(brokenLines, "line") + " left out");
    }
}
