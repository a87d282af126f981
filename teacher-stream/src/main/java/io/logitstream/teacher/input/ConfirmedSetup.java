package io.logitstream.teacher.input;

/**
 * What has been shown to fit since the stream was started: before it has, what does not fit is taken for the fault of the
 * registry or of the configuration, which would make every record a dead letter. Shared by the stream's threads.
 */
public final class ConfirmedSetup {
    private volatile boolean registry;
    private volatile boolean tokenizer;
    private volatile boolean topic;
    private volatile boolean misfits;

    /** A record of the tokens topic has resolved: the registry is the one that the topic was written with. */
    public void registryFits() {
        registry = true;
    }

    boolean hasRegistry() {
        return registry;
    }

    /** A record's key names the batch in it: the topic is one of token batches. */
    public void topicFits() {
        topic = true;
    }

    /** The topic has records, of which none was found to fit. */
    public void nothingFits() {
        misfits = true;
    }

    /** Whether the topic may well be another one than was meant. */
    boolean isTopicDoubtful() {
        return misfits && !topic;
    }

    /** A batch was made with the teacher's tokenizer. */
    public void tokenizerFits() {
        tokenizer = true;
    }

    /** Whether a batch has been shown to be of the teacher's tokenizer. */
    public boolean hasTokenizer() {
        return tokenizer;
    }
}
