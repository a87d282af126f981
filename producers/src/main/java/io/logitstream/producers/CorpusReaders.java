package io.logitstream.producers;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.BatchSource;
import io.logitstream.producers.batches.MixedBatches;
import io.logitstream.producers.batches.ReadAhead;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.batches.TokenizerThreads;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The sources of a corpus, opened: one, or those of a mixture, and the threads that read and tokenize them. */
final class CorpusReaders implements AutoCloseable {
    /**
     * Position at which a source is read on.
     *
     * @param start shard of the last published batch
     * @param published number of that batch, -1 if there is none
     * @param tokens predicted tokens up to and including that batch
     */
    private record Position(TokenBatchSource.Start start, long published, long tokens) {
        private static final Position BEGINNING = new Position(TokenBatchSource.Start.OF_CORPUS, -1, 0);

        private static Position after(PublishedSource published) {
            return new Position(published.resume().start(), published.batches() - 1, published.tokens());
        }
    }

    private final CorpusConfig config;
    private final Tokenizer tokenizer;
    private final List<CorpusConfig> sources;
    private final Map<String, CorpusReader> readers = new LinkedHashMap<>();
    private final Map<String, TokenBatchSource> batches = new LinkedHashMap<>();
    private TokenizerThreads threads;
    private BatchSource all;
    private ReadAhead ahead;

    /** @param tokenizer tokenizer, closed by its owner */
    CorpusReaders(CorpusConfig config, Tokenizer tokenizer) {
        this.config = config;
        this.tokenizer = tokenizer;
        sources = Mixtures.sources(config);
        open();
    }

    private void open() {
        try {
            for (CorpusConfig source : sources) {
                readers.put(source.name(), CorpusReader.ofSource(config, source, tokenizer));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The sources, each as a corpus of its own, in order. */
    List<CorpusConfig> sources() {
        return sources;
    }

    /**
     * Starts to tokenize the corpus from its beginning, with threads for all cores but one until {@link #batches}.
     *
     * @param atEnd runs when all is tokenized
     */
    void startAtBeginning(Runnable atEnd) {
        threads = new TokenizerThreads(config, tokenizer, sources.size());
        threads.leaveACore(Runtime.getRuntime().availableProcessors());
        start(source -> Position.BEGINNING, atEnd);
    }

    /**
     * The batches of the corpus, from the shards of the last published ones on, read ahead until {@link #endReading}.
     * A corpus that was started at its beginning is opened again if batches of it are published; what it warned of is
     * then logged twice.
     */
    ReadAhead batches(Map<String, PublishedSource> published) {
        if (ahead != null && published.values().stream().anyMatch(source -> source.batches() > 0)) {
            close();
            open();
        }
        if (ahead == null) {
            threads = new TokenizerThreads(config, tokenizer, sources.size());
            start(source -> Position.after(published.get(source)), () -> {});
        }
        threads.useAll();
        return ahead;
    }

    private void start(Function<String, Position> positions, Runnable atEnd) {
        List<MixedBatches.Part> parts = new ArrayList<>();
        for (CorpusConfig source : sources) {
            String name = source.name();
            Position position = positions.apply(name);
            TokenBatchSource own =
                    new TokenBatchSource(source, readers.get(name), tokenizer, position.start(), threads);
            batches.put(name, own);
            parts.add(new MixedBatches.Part(
                    name, Mixtures.weight(config, name), own, position.published(), position.tokens()));
        }
        all = config.mixture() == null ? batches.get(sources.get(0).name()) : new MixedBatches(config, parts, threads);
        ahead = new ReadAhead(all, atEnd);
    }

    /** Ends the threads that read and tokenize. The counts of what was read stay available. */
    void endReading() {
        if (ahead != null) {
            ahead.close();
            all.endThreads();
            ahead = null;
        }
    }

    /** The result of publishing. */
    PublishResult result(Map<String, PublishedSource> published, boolean complete) {
        List<PublishResult> results = sources.stream()
                .map(source -> {
                    PublishedSource counts = published.get(source.name());
                    return new PublishResult(
                            source.name(),
                            counts.committedBatches(),
                            counts.committedTokens(),
                            counts.newBatches(),
                            complete,
                            batches.get(source.name()).report(),
                            batches.get(source.name()).excluded());
                })
                .toList();
        return config.mixture() == null ? results.get(0) : PublishResult.ofMixture(config.name(), results);
    }

    @Override
    public void close() {
        endReading();
        readers.values().forEach(CorpusReader::close);
    }
}
