package io.logitstream.producers;

import io.logitstream.producers.batches.BatchSource;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two small corpora to be mixed. */
final class TestMixture implements AutoCloseable {
    final TestCorpus web;
    final TestCorpus books;

    TestMixture(Path folder) {
        web = new TestCorpus(folder.resolve("w"), 21, 24);
        books = new TestCorpus(folder.resolve("b"), 22, 9);
    }

    static MixtureSource source(TestCorpus corpus, double weight, int epochs, Long maxTokens) {
        return new MixtureSource(corpus.source.toString(), weight, epochs, maxTokens, null, null, null, null);
    }

    static CorpusConfig mixture(Long maxTokens, Map<String, MixtureSource> sources) {
        return TestCorpus.config(null, null, maxTokens, sources);
    }

    /** All batches of a corpus or mixture. */
    List<CorpusBatch> batches(CorpusConfig config) {
        List<CorpusBatch> batches = new ArrayList<>();
        try (BatchSource source = BatchSource.of(config, web.tokenizer)) {
            source.forEachRemaining(batches::add);
        }
        return batches;
    }

    @Override
    public void close() {
        web.tokenizer.close();
        books.tokenizer.close();
    }
}
