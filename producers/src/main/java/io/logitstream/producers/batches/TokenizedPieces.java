package io.logitstream.producers.batches;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The pieces of this part of a corpus in order, tokenized ahead on several threads. A corpus that is read once, or whose
 * files keep arriving, is tokenized on the calling thread: reading ahead would wait for text that comes later. Not
 * thread-safe.
 */
final class TokenizedPieces implements AutoCloseable {
    /** Counts of the text up to a piece. */
    record Progress(CorpusReport report, ExcludedDocuments excluded, double fraction) {}

    /**
     * A piece.
     *
     * @param tokens its ids; null if its shard is skipped, or at the end of a file
     * @param endsShard whether a shard ends with it
     */
    record Item(TextPiece piece, Future<int[]> tokens, boolean endsShard, Progress progress) {}

    private static final long CLOSE_SECONDS = 60;

    private final CorpusReader reader;
    private final Tokenizer tokenizer;
    private final HoldOutFilter documents;
    private final int shardBytes;
    private final int firstShard;
    private final ExecutorService pool;
    private final long aheadBytes;
    private final int aheadPieces;
    private final Queue<Item> ahead = new ArrayDeque<>();
    private long bytesAhead;
    private int shard;
    private long bytesOfShard;
    private boolean ended;
    private RuntimeException failure;
    private Progress progress;

    /**
     * @param firstShard first shard to tokenize; earlier ones are read and skipped
     * @param shard number of the shard at which the reader starts
     */
    TokenizedPieces(CorpusConfig config, CorpusReader reader, Tokenizer tokenizer, int firstShard, int shard) {
        this.reader = reader;
        this.tokenizer = tokenizer;
        this.firstShard = firstShard;
        this.shard = shard;
        documents = HoldOutFilter.of(config);
        shardBytes = config.shardBytes();
        TokenizingConfig tokenizing =
                config.tokenizing() == null ? new TokenizingConfig(null, null) : config.tokenizing();
        boolean inOrder = config.watch() != null || CorpusReader.isReadOnce(config) || tokenizing.threads() == 1;
        pool = inOrder
                ? null
                : Executors.newFixedThreadPool(tokenizing.threads(), work -> {
                    Thread thread = new Thread(work, "tokenizer");
                    thread.setDaemon(true);
                    return thread;
                });
        aheadBytes = inOrder ? 0 : tokenizing.aheadBytes();
        aheadPieces = inOrder ? 1 : tokenizing.threads() + 1;
    }

    /** Whether there is another piece. Reads ahead. */
    boolean hasNext() {
        while (!ended && failure == null && (ahead.size() < aheadPieces || bytesAhead < aheadBytes)) {
            read();
        }
        if (ahead.isEmpty() && failure != null) {
            throw failure;
        }
        return !ahead.isEmpty();
    }

    /** Next piece. */
    Item next() {
        Item item = ahead.remove();
        bytesAhead -= item.piece().bytes();
        progress = item.progress();
        return item;
    }

    /** Ids of a piece, which may still have to be waited for. */
    static int[] tokens(Item item) {
        try {
            return item.tokens().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while tokenizing", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** Counts up to the last piece that was taken. */
    Progress progress() {
        return ahead.isEmpty() || progress == null ? now() : progress;
    }

    private Progress now() {
        return new Progress(reader.report(), documents.excluded(), reader.fraction());
    }

    @SuppressWarnings("ReferenceEquality") // The end of a file is one object; an empty piece of text may equal it.
    private void read() {
        try {
            if (!reader.hasNext()) {
                ended = true;
                return;
            }
            TextPiece piece = reader.next();
            if (piece == TextPiece.END_OF_FILE) {
                add(piece, null, bytesOfShard > 0);
            } else if (documents.accepts(piece)) {
                bytesOfShard += piece.bytes();
                add(piece, shard < firstShard ? null : encode(piece), bytesOfShard >= shardBytes);
            }
        } catch (RuntimeException e) {
            // The pieces before it are used first.
            failure = e;
        }
    }

    private void add(TextPiece piece, Future<int[]> tokens, boolean endsShard) {
        ahead.add(new Item(piece, tokens, endsShard, now()));
        bytesAhead += piece.bytes();
        if (endsShard) {
            shard++;
            bytesOfShard = 0;
        }
    }

    private Future<int[]> encode(TextPiece piece) {
        if (piece.ids() != null) {
            return CompletableFuture.completedFuture(piece.ids());
        }
        return pool == null
                ? CompletableFuture.completedFuture(tokenizer.encode(piece.text()))
                : pool.submit(() -> tokenizer.encode(piece.text()));
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
