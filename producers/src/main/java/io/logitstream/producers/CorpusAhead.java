package io.logitstream.producers;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;

/**
 * A corpus that is read and tokenized from its beginning before its topic exists, while a cluster starts. Its batches
 * wait in memory, within the limits of a publisher. A {@link TokenPublisher} takes it over.
 */
public final class CorpusAhead implements AutoCloseable {
    private CorpusReaders readers;

    private CorpusAhead(CorpusReaders readers) {
        this.readers = readers;
    }

    /**
     * Starts to read a corpus. One that can be read only once, or whose files keep arriving, is left to the publisher:
     * what was read of it would be lost if the topic already holds a part of it.
     *
     * @param config corpus
     * @param tokenizer tokenizer of the topic; closed by its owner after this and the publisher
     * @return the corpus, which the caller closes
     * @throws io.logitstream.messages.UsageException when the corpus does not exist or has no file
     */
    public static CorpusAhead start(CorpusConfig config, Tokenizer tokenizer) {
        if (config.watch() != null || CorpusReader.isReadOnce(config)) {
            return none();
        }
        CorpusReaders readers = new CorpusReaders(config, tokenizer);
        try {
            readers.startAtBeginning();
            return new CorpusAhead(readers);
        } catch (RuntimeException | Error e) {
            readers.close();
            throw e;
        }
    }

    /** A corpus that is not read before the publisher reads it. */
    public static CorpusAhead none() {
        return new CorpusAhead(null);
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
