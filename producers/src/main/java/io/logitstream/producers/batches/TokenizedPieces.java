package io.logitstream.producers.batches;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** The pieces of this part of a corpus in order, tokenized ahead on several threads. Not thread-safe. */
final class TokenizedPieces {
    /** Counts of the text up to a piece. */
    record Progress(CorpusReport report, ExcludedDocuments excluded, double fraction) {}

    /**
     * A piece.
     *
     * @param tokens its ids; null if its shard is skipped, or at the end of a file or pass
     * @param endsShard whether a shard ends with it
     * @param nextShard number of the shard of the next piece
     */
    record Item(TextPiece piece, Future<int[]> tokens, boolean endsShard, int nextShard, Progress progress) {}

    private final CorpusReader reader;
    private final HoldOutFilter documents;
    private final int shardBytes;
    private final int firstShard;
    private final TokenizerThreads threads;
    private final Queue<Item> ahead = new ArrayDeque<>();
    private long bytesAhead;
    private int shard;
    private int shardsOfPass;
    private long bytesOfShard;
    private boolean ended;
    private RuntimeException failure;
    private Progress progress;

    /**
     * @param firstShard first shard to tokenize; earlier ones are read and skipped
     * @param shard number of the shard at which the reader starts
     */
    TokenizedPieces(CorpusConfig config, CorpusReader reader, TokenizerThreads threads, int firstShard, int shard) {
        this.reader = reader;
        this.threads = threads;
        this.firstShard = firstShard;
        this.shard = shard;
        documents = HoldOutFilter.of(config);
        shardBytes = config.shardBytes();
    }

    /** Whether there is another piece. Reads ahead. */
    boolean hasNext() {
        while (!ended && failure == null && threads.readsAhead(ahead.size(), bytesAhead)) {
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

    @SuppressWarnings("ReferenceEquality") // The ends of file and pass are one object each, which a text may equal.
    private void read() {
        try {
            if (!reader.hasNext()) {
                ended = true;
                return;
            }
            TextPiece piece = reader.next();
            if (piece == TextPiece.END_OF_FILE) {
                add(piece, null, bytesOfShard > 0);
            } else if (piece == TextPiece.END_OF_PASS) {
                endPass();
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
        if (endsShard) {
            shard++;
            bytesOfShard = 0;
        }
        ahead.add(new Item(piece, tokens, endsShard, shard, now()));
        bytesAhead += piece.bytes();
    }

    /** Ends a pass. Passes before the first shard to tokenize are not read: each has the shards of the first one. */
    private void endPass() {
        boolean endsShard = bytesOfShard > 0;
        int next = shard + (endsShard ? 1 : 0);
        shardsOfPass = shardsOfPass == 0 ? next : shardsOfPass;
        documents.repeat();
        bytesOfShard = 0;
        shard = next;
        if (shard < firstShard && shardsOfPass > 0) {
            shard += shardsOfPass * reader.skipPasses((firstShard - shard) / shardsOfPass);
        }
        ahead.add(new Item(TextPiece.END_OF_PASS, null, endsShard, shard, now()));
    }

    private Future<int[]> encode(TextPiece piece) {
        return piece.ids() == null ? threads.encode(piece.text()) : CompletableFuture.completedFuture(piece.ids());
    }
}
