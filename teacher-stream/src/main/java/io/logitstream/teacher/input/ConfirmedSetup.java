package io.logitstream.teacher.input;

/**
 * Parts of the setup (registry, tokens topic, tokenizer, teacher) that some record has confirmed since the stream was started.
 * As long as a part is not confirmed, a record that does not fit stops the stream: a wrong registry or configuration
 * would turn every record into a dead letter. Thread-safe.
 */
public final class ConfirmedSetup {
    private volatile boolean registry;
    private volatile boolean tokenizer;
    private volatile boolean topic;
    private volatile boolean noBatchFound;
    private volatile boolean teacher;

    /** Confirms the registry: it has the schema of a record of the tokens topic. */
    public void confirmRegistry() {
        registry = true;
    }

    /** Whether a record has confirmed the registry. */
    boolean isRegistryConfirmed() {
        return registry;
    }

    /** Confirms the tokens topic: a record's key names the batch in its value. */
    public void confirmTopic() {
        topic = true;
    }

    /** Notes that the topic's last records contain no batch. */
    public void foundNoBatch() {
        noBatchFound = true;
    }

    /** Whether the topic is probably not a tokens topic: it has records, but none is known to be a batch. */
    boolean isTopicSuspect() {
        return noBatchFound && !topic;
    }

    /** Confirms the tokenizer: a batch was encoded with the teacher's tokenizer. */
    public void confirmTokenizer() {
        tokenizer = true;
    }

    /** Whether a batch has confirmed the tokenizer. */
    public boolean isTokenizerConfirmed() {
        return tokenizer;
    }

    /** Confirms the teacher: it has scored a batch. */
    public void confirmTeacher() {
        teacher = true;
    }

    /** Whether the teacher has scored a batch. */
    public boolean isTeacherConfirmed() {
        return teacher;
    }
}
