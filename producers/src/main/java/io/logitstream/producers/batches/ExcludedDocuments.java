package io.logitstream.producers.batches;

/**
 * Documents that were read and not published because they belong to the other part of the corpus.
 *
 * @param holdOut {@code corpus.holdOut}: every n-th document is held out
 * @param heldOutPart whether the held-out documents were published, instead of all others
 * @param documents number of excluded documents
 * @param bytes size of their text in UTF-8
 */
public record ExcludedDocuments(int holdOut, boolean heldOutPart, long documents, long bytes) {
    /** Supplement to a message about the published part; empty if no document was excluded. */
    public String afterthought() {
        if (documents == 0) {
            return "";
        }
        return heldOutPart
                ? String.format(
                        "; %d documents, %d bytes, not held out: only every %dth document is (holdOut)",
                        documents, bytes, holdOut)
                : String.format(
                        "; %d documents, %d bytes, held out for evaluation: every %dth (produce --held-out publishes them;"
                                + " --set corpus.holdOut=null holds none out)",
                        documents, bytes, holdOut);
    }
}
