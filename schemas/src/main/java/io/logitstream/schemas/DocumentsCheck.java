package io.logitstream.schemas;

import io.logitstream.messages.LogitstreamException;
import java.util.Objects;

/**
 * Check that the documents of all batches of a topic are read in one way, and in the one that was asked for. Not
 * thread-safe.
 */
public final class DocumentsCheck {
    private final Documents asked;
    private TokenBatch first;

    /**
     * Creates a check.
     *
     * @param asked what {@code corpus.documents} asks for; null if the topic decides
     */
    public DocumentsCheck(Documents asked) {
        this.asked = asked;
    }

    /**
     * Checks a batch; an end marker always passes.
     *
     * @throws LogitstreamException if its documents are read in another way than was asked for, or than those of an
     *     earlier batch
     */
    public void require(TokenBatch batch) {
        if (TokenBatches.isEndMarker(batch)) {
            return;
        }
        requireAsked(asked, batch);
        if (first == null) {
            first = batch;
        } else if (!Objects.equals(first.getDocumentEnd(), batch.getDocumentEnd())) {
            throw new LogitstreamException("the topic mixes documents: those of batch " + BatchKey.of(batch) + " are "
                    + Documents.describe(batch) + ", but those of batch " + BatchKey.of(first) + " are "
                    + Documents.describe(first) + "; publish each corpus with the same corpus.documents and"
                    + " corpus.endOfText, or into a topic of its own");
        }
    }

    /**
     * Checks a batch by itself.
     *
     * @param asked what {@code corpus.documents} asks for; null if the topic decides
     * @throws LogitstreamException if its documents are read in another way
     */
    public static void requireAsked(Documents asked, TokenBatch batch) {
        if (asked != null && asked != Documents.of(batch)) {
            throw new LogitstreamException(
                    "the documents of batch " + BatchKey.of(batch) + " are "
                            + Documents.describe(batch)
                            + ", but corpus.documents is " + asked
                            + " (or heldOut.documents, for held-out text); leave it out to read the topic as it is, or publish the corpus into another topic");
        }
    }
}
