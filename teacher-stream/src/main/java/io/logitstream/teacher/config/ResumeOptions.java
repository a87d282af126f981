package io.logitstream.teacher.config;

/**
 * Losses and repetitions that a restarted stream may accept. By default it stops with an error instead.
 *
 * @param retryDeadLetters whether to process again the dead letters behind the last batch of the logits topic
 * @param skipDeleted whether to continue behind batches that were deleted before the stream read them
 * @param mirrored whether the topics are copies of the ones that the stream worked on; the stream then finds its
 *     position by the content of the last batch instead of its recorded offset
 */
public record ResumeOptions(boolean retryDeadLetters, boolean skipDeleted, boolean mirrored) {
    /** Accepts nothing. */
    public static final ResumeOptions NONE = new ResumeOptions(false, false, false);
}
