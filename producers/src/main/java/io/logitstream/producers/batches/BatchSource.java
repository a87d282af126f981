package io.logitstream.producers.batches;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.util.Iterator;

/** The batches of a corpus in order, of one source or of a mixture. Not thread-safe. */
public interface BatchSource extends Iterator<CorpusBatch>, AutoCloseable {
    /**
     * Opens a corpus from its beginning.
     *
     * @param tokenizer tokenizer, closed by its owner
     */
    static BatchSource of(CorpusConfig config, Tokenizer tokenizer) {
        return config.mixture() == null
                ? new TokenBatchSource(config, tokenizer, TokenBatchSource.Start.OF_CORPUS)
                : MixedBatches.of(config, tokenizer);
    }

    /** Fraction of the corpus that was read, 0 to 1; NaN if its size is unknown. */
    double fraction();

    /** Ends the threads that tokenize. */
    void endThreads();

    @Override
    void close();
}
