package io.logitstream.producers.corpus.source;

import io.logitstream.messages.UsageException;

/**
 * How fast a corpus is tokenized. The batches do not depend on it.
 *
 * @param threads threads that tokenize; default: one for each processor of this JVM
 * @param aheadBytes bytes of text that are read ahead of the batches, at least one piece of text for each thread;
 *     default 16 MiB. Bounds the memory for texts and their tokens
 */
public record TokenizingConfig(Integer threads, Integer aheadBytes) {
    /**
     * Fills in the defaults.
     *
     * @throws UsageException when a value is invalid
     */
    public TokenizingConfig {
        threads = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        aheadBytes = aheadBytes == null ? 16 << 20 : aheadBytes;
        if (threads < 1 || aheadBytes < 1) {
            throw new UsageException("corpus.tokenizing: threads is " + threads + " and aheadBytes " + aheadBytes
                    + ", but both must be at least 1");
        }
    }
}
