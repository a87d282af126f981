package io.logitstream.teacher.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.DocumentsCheck;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parts of the setup (registry, tokens topic, tokenizer, teacher) that some record has confirmed since the stream was started.
 * As long as a part is not confirmed, a record that does not fit stops the stream: a wrong registry or configuration
 * would turn every record into a dead letter. Thread-safe.
 */
public final class ConfirmedSetup {
    private static final Logger LOG = LoggerFactory.getLogger(ConfirmedSetup.class);

    private final Documents asked;
    private final AtomicReference<TokenBatch> first = new AtomicReference<>();
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile boolean registry;
    private volatile boolean tokenizer;
    private volatile boolean topic;
    private volatile boolean noBatchFound;
    private volatile boolean teacher;

    /** A setup that reads the documents of each batch as its record says. */
    public ConfirmedSetup() {
        this(null);
    }

    /**
     * A setup that nothing has confirmed yet.
     *
     * @param asked how the documents of the topic have to be read; null if the records decide
     */
    public ConfirmedSetup(Documents asked) {
        this.asked = asked;
    }

    /** A setup for records that are decoded ahead of their tasks: it warns of none, because the task does. */
    public static ConfirmedSetup readAhead() {
        ConfirmedSetup setup = new ConfirmedSetup();
        setup.warned.set(true);
        return setup;
    }

    /**
     * Requires that the documents of a batch are read as was asked for. Warns once of a topic that mixes both ways: each
     * of its batches is computed as it says, but no student can be trained on them together.
     *
     * @throws UsageException for a batch whose documents are read in another way
     */
    void requireDocuments(String address, TokenBatch batch) {
        if (TokenBatches.isEndMarker(batch)) {
            return;
        }
        try {
            DocumentsCheck.requireAsked(asked, batch);
        } catch (LogitstreamException e) {
            throw new UsageException(address + ": " + e.getMessage());
        }
        TokenBatch before = first.get();
        if (before == null) {
            first.compareAndSet(null, batch);
        } else if (!Objects.equals(before.getDocumentEnd(), batch.getDocumentEnd())
                && warned.compareAndSet(false, true)) {
            LOG.warn(
                    "{}: the documents of batch {} are {}, but those of batch {} are {}; students refuse a topic that mixes"
                            + " both: publish each corpus into a topic of its own",
                    address,
                    BatchKey.of(batch),
                    Documents.describe(batch),
                    BatchKey.of(before),
                    Documents.describe(before));
        }
    }

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

    /** Confirms the teacher: it has scored a batch before the stream was started. */
    public void confirmTeacher() {
        teacher = true;
    }

    /** Whether the teacher has scored a batch before the stream was started. */
    public boolean isTeacherConfirmed() {
        return teacher;
    }
}
