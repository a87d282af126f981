package io.logitstream.producers.batches;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The batches of a mixture, interleaved: the next batch is one of the source that has given the fewest predicted tokens
 * in proportion to its weight, by name where several are equal. So the order is a function of the sources alone, the
 * shares of tokens are those of the weights up to a batch, and the tokens of each source in a topic tell where to
 * continue. A source that has ended is left out, and the others keep their proportions. Not thread-safe.
 */
public final class MixedBatches implements BatchSource {
    /** A source of the mixture. */
    public static final class Part {
        private final String name;
        private final double weight;
        private final TokenBatchSource batches;
        private final long published;
        private long number = -1;
        private long tokens;
        private boolean ended;

        /**
         * @param name name of the source
         * @param weight its weight
         * @param batches its batches, from the shard of the last published one on
         * @param published number of its last published batch, -1 if there is none
         * @param tokens predicted tokens up to and including that batch
         */
        public Part(String name, double weight, TokenBatchSource batches, long published, long tokens) {
            this.name = name;
            this.weight = weight;
            this.batches = batches;
            this.published = published;
            this.tokens = tokens;
        }

        // The batches of the shard before the last published one are given again, which checks them.
        private boolean isBehind() {
            return !ended && published >= 0 && number < published;
        }
    }

    private final CorpusConfig config;
    private final List<Part> parts;
    private final TokenizerThreads threads;
    private final long maxTokens;
    private Part chosen;

    /**
     * @param config the mixture
     * @param parts its sources in the order of their names
     * @param threads threads that the sources share
     */
    public MixedBatches(CorpusConfig config, List<Part> parts, TokenizerThreads threads) {
        this.config = config;
        this.parts = List.copyOf(parts);
        this.threads = threads;
        maxTokens = config.maxTokens() == null ? Long.MAX_VALUE : config.maxTokens();
    }

    /** Opens a mixture from its beginning. */
    static MixedBatches of(CorpusConfig config, Tokenizer tokenizer) {
        List<CorpusConfig> sources = Mixtures.sources(config);
        TokenizerThreads threads = new TokenizerThreads(config, tokenizer, sources.size());
        List<Part> parts = new ArrayList<>();
        try {
            for (CorpusConfig source : sources) {
                TokenBatchSource batches = new TokenBatchSource(
                        source,
                        CorpusReader.ofSource(config, source, tokenizer),
                        tokenizer,
                        TokenBatchSource.Start.OF_CORPUS,
                        threads);
                parts.add(new Part(source.name(), Mixtures.weight(config, source.name()), batches, -1, 0));
            }
            return new MixedBatches(config, parts, threads);
        } catch (RuntimeException e) {
            parts.forEach(part -> part.batches.close());
            threads.close();
            throw e;
        }
    }

    /**
     * Whether there is another batch. A source's errors name it.
     *
     * <p>The batches that are published already come first, source by source.
     */
    @Override
    public boolean hasNext() {
        while (chosen == null) {
            Part next = choose();
            if (next == null) {
                return false;
            }
            if (Mixtures.naming(config, next.name, next.batches::hasNext)) {
                chosen = next;
            } else {
                next.ended = true;
            }
        }
        return true;
    }

    private Part choose() {
        long total = 0;
        Part least = null;
        for (Part part : parts) {
            if (part.isBehind()) {
                return part;
            }
            total += part.tokens;
            if (!part.ended && (least == null || part.tokens * least.weight < least.tokens * part.weight)) {
                least = part;
            }
        }
        return total >= maxTokens ? null : least;
    }

    @Override
    public CorpusBatch next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Part part = chosen;
        chosen = null;
        CorpusBatch batch = part.batches.next();
        part.number = batch.number();
        part.tokens = Math.max(part.tokens, batch.tokensSoFar());
        return batch;
    }

    /** Fraction of the mixture's tokens, with the tokens of a source estimated from the part of it that was read. */
    @Override
    public double fraction() {
        double given = 0;
        double all = 0;
        for (Part part : parts) {
            double fraction = part.ended ? 1 : part.batches.fraction();
            given += part.tokens;
            all += part.tokens == 0 ? 0 : part.tokens / Math.max(1e-9, fraction);
        }
        double ofLimit = maxTokens == Long.MAX_VALUE ? 0 : given / maxTokens;
        return Math.min(1, Math.max(ofLimit, all == 0 ? 0 : given / all));
    }

    @Override
    public void endThreads() {
        threads.close();
    }

    @Override
    public void close() {
        endThreads();
        parts.forEach(part -> part.batches.close());
    }
}
