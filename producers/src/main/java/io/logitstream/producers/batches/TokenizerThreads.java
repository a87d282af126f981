package io.logitstream.producers.batches;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that tokenize the pieces of a corpus, shared by the sources of a mixture, and how far they are ahead. A corpus
 * that is read once, or whose files keep arriving, is tokenized on the calling thread: reading ahead would wait for text
 * that comes later.
 */
public final class TokenizerThreads implements AutoCloseable {
    private static final long CLOSE_SECONDS = 60;

    private final Tokenizer tokenizer;
    private final ThreadPoolExecutor pool;
    private final long aheadBytes;
    private final int aheadPieces;

    /**
     * Starts the threads.
     *
     * @param sources number of sources that share the threads and the memory
     */
    public TokenizerThreads(CorpusConfig config, Tokenizer tokenizer, int sources) {
        this.tokenizer = tokenizer;
        TokenizingConfig tokenizing =
                config.tokenizing() == null ? new TokenizingConfig(null, null) : config.tokenizing();
        boolean inOrder = config.watch() != null || CorpusReader.isReadOnce(config) || tokenizing.threads() == 1;
        pool = inOrder
                ? null
                : new ThreadPoolExecutor(
                        tokenizing.threads(),
                        tokenizing.threads(),
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        TokenizerThreads::thread);
        aheadBytes = inOrder ? 0 : tokenizing.aheadBytes() / sources;
        aheadPieces = inOrder ? 1 : tokenizing.threads() + 1;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "tokenizer");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Encodes with at most one thread fewer than there are processors until {@link #useAll}. Must be called before the
     * first text is encoded.
     */
    public void leaveACore(int processors) {
        if (pool != null) {
            pool.setCorePoolSize(Math.max(1, Math.min(pool.getMaximumPoolSize(), processors - 1)));
        }
    }

    /** Uses all threads from now on. */
    public void useAll() {
        if (pool != null) {
            pool.setCorePoolSize(pool.getMaximumPoolSize());
        }
    }

    /** Whether a source reads another piece ahead. */
    boolean readsAhead(int pieces, long bytes) {
        return pieces < aheadPieces || bytes < aheadBytes;
    }

    /** Ids of a text. */
    Future<int[]> encode(String text) {
        return pool == null
                ? CompletableFuture.completedFuture(tokenizer.encode(text))
                : pool.submit(() -> tokenizer.encode(text));
    }

    /** Ends the threads, and waits for them: the tokenizer may be closed after this. */
    @Override
    public void close() {
        if (pool == null) {
            return;
        }
        pool.shutdownNow();
        boolean interrupted = Thread.interrupted();
        try {
            pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
