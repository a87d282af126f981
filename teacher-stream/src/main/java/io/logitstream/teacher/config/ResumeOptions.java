package io.logitstream.teacher.config;

/**
 * What the user allows where the stream would stop, or not look again.
 *
 * @param retryDeadLetters whether the dead letters behind the last batch of the logits topic are taught again
 * @param skipDeleted whether the stream goes on behind batches that were deleted before it has read them
 * @param mirrored whether the topics are copies of those that the stream has worked on: the place is found by the last
 *     batch itself then
 */
public record ResumeOptions(boolean retryDeadLetters, boolean skipDeleted, boolean mirrored) {
    /** Allows nothing. */
    public static final ResumeOptions NONE = new ResumeOptions(false, false, false);
}
