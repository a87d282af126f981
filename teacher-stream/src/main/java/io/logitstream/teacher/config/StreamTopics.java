package io.logitstream.teacher.config;

/**
 * The topics of a teacher stream.
 *
 * @param tokens topic of token batches, which the stream reads
 * @param logits topic of token batches with logits, which the stream writes
 * @param deadLetters topic of the records that the teacher cannot use
 * @param teachers topic of teacher announcements; null if the teacher never changes
 */
public record StreamTopics(String tokens, String logits, String deadLetters, String teachers) {
    /** The topics of a stream whose teacher never changes. */
    public StreamTopics(String tokens, String logits, String deadLetters) {
        this(tokens, logits, deadLetters, null);
    }
}
