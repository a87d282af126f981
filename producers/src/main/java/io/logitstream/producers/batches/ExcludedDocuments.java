package io.logitstream.producers.batches;

/**
 * Documents that were read and not published, because they belong to the other part of the corpus.
 *
 * @param holdOut every how many documents one is held out, {@code corpus.holdOut}
 * @param heldOutPart whether the held-out documents are the ones that were published
 * @param documents how many were left out
 * @param bytes of their text in UTF-8
 */
public record ExcludedDocuments(int holdOut, boolean heldOutPart, long documents, long bytes) {
    /** What to add to a line about what was published; empty where nothing was left out. */
    public String afterthought() {
        if (documents == 0) {
            return "";
        }
        return heldOutPart
                ? String.format(
                        "; %d documents, %d bytes, left to the corpus: these are every %dth (holdOut)",
                        documents, bytes, holdOut)
                : String.format(
                        "; %d documents, %d bytes, held out for evaluation: every %dth (produce --held-out publishes them;"
                                + " --set corpus.holdOut=null holds none out)",
                        documents, bytes, holdOut);
    }
}
