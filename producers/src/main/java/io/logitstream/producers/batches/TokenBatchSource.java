package io.logitstream.producers.batches;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.TextPiece;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * The batches of a corpus in order, a function of corpus, tokenizer and settings alone. A shard ends with the piece of
 * text that reaches its size: at the end of a document, or within a document that is longer than a piece (1 Mi
 * characters). The end-of-text token follows each document, and a begin-of-text token precedes it where the settings say so. The batches of a shard are made at its end, so
 * memory is needed for the tokens of one shard. Not thread-safe.
 */
public final class TokenBatchSource implements BatchSource {
    /**
     * Position to start at.
     *
     * @param shard first shard to tokenize; earlier ones are read and skipped
     * @param batches number of batches in the corpus before this shard
     * @param tokens number of predicted tokens in the corpus before this shard
     */
    public record Start(int shard, long batches, long tokens) {
        /** Beginning of the corpus. */
        public static final Start OF_CORPUS = new Start(0, 0, 0);
    }

    private final String corpus;
    private final CorpusReader reader;
    private final Tokenizer tokenizer;
    private final TokenizerThreads threads;
    private final long maxTokens;
    private final RowPacker packer;
    private final TokenizedPieces pieces;
    private final Queue<CorpusBatch> ready = new ArrayDeque<>();

    private final int[] beginOfText;

    private boolean withinDocument;
    private int shard;
    private int batchesOfShard;
    private long batches;
    private long tokens;
    private long tokensBeforeShard;
    private boolean ended;

    /**
     * Opens a corpus.
     *
     * @param config corpus
     * @param tokenizer tokenizer, closed by its owner
     * @param start position to start at, {@link Start#OF_CORPUS} for the whole corpus
     */
    public TokenBatchSource(CorpusConfig config, Tokenizer tokenizer, Start start) {
        this(config, new CorpusReader(config, tokenizer), tokenizer, start);
    }

    /** Opens a corpus with a given reader, which is closed by {@link #close}. */
    public TokenBatchSource(CorpusConfig config, CorpusReader reader, Tokenizer tokenizer, Start start) {
        this(config, reader, tokenizer, start, new TokenizerThreads(config, tokenizer, 1));
    }

    /** Opens a corpus with a given reader and given threads, which are both closed by {@link #close}. */
    public TokenBatchSource(
            CorpusConfig config, CorpusReader reader, Tokenizer tokenizer, Start start, TokenizerThreads threads) {
        corpus = config.name();
        this.threads = threads;
        this.reader = reader;
        this.tokenizer = tokenizer;
        maxTokens = config.maxTokens() == null ? Long.MAX_VALUE : config.maxTokens();
        batches = start.batches();
        tokens = start.tokens();
        tokensBeforeShard = start.tokens();
        packer = new RowPacker(config.contextLength(), config.rows(), config.shuffleSeed(), this::number);
        beginOfText = config.tokensBeforeDocument(tokenizer);
        shard = reader.startAt(start.shard());
        pieces = new TokenizedPieces(config, reader, threads, start.shard(), shard);
    }

    @Override
    public boolean hasNext() {
        while (ready.isEmpty() && tokens < maxTokens && !ended) {
            if (pieces.hasNext()) {
                add(pieces.next());
            } else {
                ended = true;
                packer.endShard(shard);
            }
        }
        return !ready.isEmpty();
    }

    @Override
    public CorpusBatch next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.remove();
    }

    /** Whether another batch of the shard is ready. */
    public boolean isWithinShard() {
        return !ready.isEmpty();
    }

    /** Counts of the text read so far, without excluded documents. */
    public CorpusReport report() {
        CorpusReport report = pieces.progress().report();
        return report.without(excluded().documents(), excluded().bytes());
    }

    /** Documents read so far that belong to the other part of the corpus. */
    public ExcludedDocuments excluded() {
        return pieces.progress().excluded();
    }

    @Override
    public double fraction() {
        double ofLimit = maxTokens == Long.MAX_VALUE ? Double.NaN : Math.min(1, tokens / (double) maxTokens);
        double ofText = pieces.progress().fraction();
        return Double.isNaN(ofLimit) ? ofText : Double.isNaN(ofText) ? ofLimit : Math.max(ofLimit, ofText);
    }

    @Override
    public void endThreads() {
        threads.close();
    }

    @Override
    public void close() {
        endThreads();
        reader.close();
    }

    @SuppressWarnings("ReferenceEquality") // The ends of file and pass are one object each, which a text may equal.
    private void add(TokenizedPieces.Item item) {
        TextPiece piece = item.piece();
        if (item.tokens() != null) {
            int[] tokensOfPiece = TokenizedPieces.tokens(item);
            if (!withinDocument && !startsWith(tokensOfPiece, beginOfText)) {
                packer.add(beginOfText);
            }
            packer.add(tokensOfPiece);
            if (piece.endOfDocument()) {
                packer.add(tokenizer.endOfText());
            }
        }
        if (item.endsShard()) {
            packer.endShard(shard);
            batchesOfShard = 0;
            tokensBeforeShard = tokens;
        }
        shard = item.nextShard();
        if (piece == TextPiece.END_OF_FILE) {
            reader.shards(shard);
        } else if (piece != TextPiece.END_OF_PASS) {
            withinDocument = !piece.endOfDocument();
        }
    }

    // Token ids that come from elsewhere may begin with the tokens already.
    private static boolean startsWith(int[] tokens, int[] begin) {
        return tokens.length >= begin.length && Arrays.equals(tokens, 0, begin.length, begin, 0, begin.length);
    }

    private void number(RowPacker.Rows rows) {
        if (tokens < maxTokens) {
            tokens += rows.predictedTokens();
            ready.add(new CorpusBatch(
                    corpus,
                    batches++,
                    shard,
                    batchesOfShard++,
                    rows.rows(),
                    rows.length(),
                    rows.tokens(),
                    tokens,
                    tokensBeforeShard));
        }
    }
}
