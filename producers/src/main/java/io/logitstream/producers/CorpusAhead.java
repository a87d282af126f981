package io.logitstream.producers;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;

/**
 * A corpus that is read and tokenized from its beginning before its topic exists, while a cluster starts. Its batches
 * wait in memory, within the limits of a publisher. A {@link TokenPublisher} takes it over. Thread-safe.
 */
public final class CorpusAhead implements AutoCloseable {
    private CorpusReaders readers;
    private boolean read;
    private Runnable next = () -> {};

    private CorpusAhead(CorpusReaders readers) {
        this.readers = readers;
    }

    /**
     * Opens a corpus, for {@link #start()}. One that can be read only once, or whose files keep arriving, is left to the
     * publisher: what was read of it would be lost if the topic already holds a part of it.
     *
     * @param config corpus
     * @param tokenizer tokenizer of the topic; closed by its owner after this and the publisher
     * @return the corpus, which the caller closes
     * @throws io.logitstream.messages.UsageException when the corpus does not exist or has no file
     */
    public static CorpusAhead open(CorpusConfig config, Tokenizer tokenizer) {
        return config.watch() != null || CorpusReader.isReadOnce(config)
                ? none()
                : new CorpusAhead(new CorpusReaders(config, tokenizer));
    }

    /** A corpus that is not read before the publisher reads it. */
    public static CorpusAhead none() {
        return new CorpusAhead(null);
    }

    /** Starts to read and tokenize, unless a publisher has taken the corpus over. The publisher reports errors. */
    public void start() {
        synchronized (this) {
            if (readers != null) {
                try {
                    readers.startAtBeginning(this::end);
                    return;
                } catch (RuntimeException e) {
                    // The publisher opens the corpus again, and shows what is wrong with it.
                    close();
                }
            }
        }
        end();
    }

    private void end() {
        Runnable now;
        synchronized (this) {
            read = true;
            now = next;
            next = () -> {};
        }
        now.run();
    }

    /**
     * Runs something when all of the corpus is tokenized, on its reading thread, or when it was started and is not read
     * before the publisher. It never runs if reading fails or is ended before.
     */
    public void whenRead(Runnable following) {
        synchronized (this) {
            if (!read) {
                next = following;
                return;
            }
        }
        following.run();
    }

    /** Gives the opened corpus to a publisher, which closes it; null if it was not opened, is taken or closed. */
    synchronized CorpusReaders take() {
        CorpusReaders taken = readers;
        readers = null;
        return taken;
    }

    /** Ends the threads and closes the files, unless a publisher has taken them over. May be called more than once. */
    @Override
    public void close() {
        CorpusReaders left = take();
        if (left != null) {
            left.close();
        }
    }
}
