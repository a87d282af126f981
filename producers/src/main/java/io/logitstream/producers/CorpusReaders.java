package io.logitstream.producers;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.BatchSource;
import io.logitstream.producers.batches.MixedBatches;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.batches.TokenizerThreads;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sources of a corpus, opened: one, or those of a mixture. */
final class CorpusReaders implements AutoCloseable {
    private final CorpusConfig config;
    private final Tokenizer tokenizer;
    private final List<CorpusConfig> sources;
    private final Map<String, CorpusReader> readers = new LinkedHashMap<>();
    private final Map<String, TokenBatchSource> batches = new LinkedHashMap<>();

    /** @param tokenizer tokenizer, closed by its owner */
    CorpusReaders(CorpusConfig config, Tokenizer tokenizer) {
        this.config = config;
        this.tokenizer = tokenizer;
        sources = Mixtures.sources(config);
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

    /** The batches of the corpus, from the shards of the last published ones on. Can be called once. */
    BatchSource batches(Map<String, PublishedSource> published) {
        TokenizerThreads threads = new TokenizerThreads(config, tokenizer, sources.size());
        List<MixedBatches.Part> parts = new ArrayList<>();
        for (CorpusConfig source : sources) {
            PublishedSource before = published.get(source.name());
            TokenBatchSource own = new TokenBatchSource(
                    source,
                    readers.get(source.name()),
                    tokenizer,
                    before.resume().start(),
                    threads);
            batches.put(source.name(), own);
            parts.add(new MixedBatches.Part(
                    source.name(), Mixtures.weight(config, source.name()), own, before.batches() - 1, before.tokens()));
        }
        return config.mixture() == null ? batches.get(sources.get(0).name()) : new MixedBatches(config, parts, threads);
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

    /** Counts of what was read of a source. */
    CorpusReport report(String source) {
        return readers.get(source).report();
    }

    @Override
    public void close() {
        readers.values().forEach(CorpusReader::close);
    }
}
