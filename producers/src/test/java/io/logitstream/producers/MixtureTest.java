package io.logitstream.producers;

import static io.logitstream.producers.TestMixture.mixture;
import static io.logitstream.producers.TestMixture.source;
import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.Mixtures;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The batches of several sources: their order, shares and ends. */
class MixtureTest {
    @TempDir
    Path folder;

    private TestMixture texts;
    private TestCorpus web;
    private TestCorpus books;

    @BeforeEach
    void write() {
        texts = new TestMixture(folder);
        web = texts.web;
        books = texts.books;
    }

    @AfterEach
    void close() {
        texts.close();
    }

    @Test
    void theSharesOfTokensAreThoseOfTheWeightsUpToABatch() {
        CorpusConfig mixture =
                mixture(null, Map.of("web", source(web, 2.5, 1, null), "books", source(books, 1, 1, null)));
        Map<String, Long> tokens = new HashMap<>(Map.of("web", 0L, "books", 0L));
        long batch = TestCorpus.ROWS * TestCorpus.CONTEXT;
        List<CorpusBatch> batches = texts.batches(mixture);

        for (CorpusBatch each : batches.subList(0, batches.size() / 2)) {
            tokens.put(each.corpus(), each.tokensSoFar());
            assertThat(tokens.get("web") / 2.5 - tokens.get("books")).isBetween(-1.0 * batch, batch / 2.5);
        }
    }

    @Test
    void eachSourceGivesItsOwnBatchesUnderItsName() {
        CorpusConfig mixture =
                mixture(null, Map.of("web", source(web, 3, 1, null), "books", source(books, 1, 1, null)));

        List<CorpusBatch> batches = texts.batches(mixture);

        for (CorpusConfig source : Mixtures.sources(mixture)) {
            assertThat(batches.stream().filter(batch -> batch.corpus().equals(source.name())))
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(texts.batches(source));
        }
        assertThat(Mixtures.sources(mixture)).extracting(CorpusConfig::name).containsExactly("books", "web");
        assertThat(mixture.name()).isEqualTo("books+web");
    }

    @Test
    void theOrderDependsNeitherOnThreadsNorOnTheOrderOfTheList() {
        Map<String, MixtureSource> oneOrder = new LinkedHashMap<>();
        oneOrder.put("web", source(web, 3, 1, null));
        oneOrder.put("books", source(books, 1, 2, null));
        Map<String, MixtureSource> otherOrder = new LinkedHashMap<>();
        otherOrder.put("books", source(books, 1, 2, null));
        otherOrder.put("web", source(web, 3, 1, null));

        List<CorpusBatch> one = texts.batches(mixture(null, oneOrder).withTokenizing(new TokenizingConfig(1, 1)));

        for (int ahead : new int[] {1, 20_000, 1 << 24}) {
            assertThat(texts.batches(mixture(null, otherOrder).withTokenizing(new TokenizingConfig(3, ahead))))
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(one);
        }
    }

    @Test
    void aSourceIsRepeatedForItsEpochsOrStopsAtItsTokensAndTheOthersGoOn() {
        List<CorpusBatch> once = texts.batches(TestCorpus.config(books.source.toString(), "books", null, null));
        long onePass = once.get(once.size() - 1).tokensSoFar();
        int shards = once.get(once.size() - 1).shard() + 1;

        List<CorpusBatch> all = texts.batches(
                mixture(null, Map.of("books", source(books, 9, 3, null), "web", source(web, 1, 1, 2000L))));

        List<CorpusBatch> ofBooks =
                all.stream().filter(batch -> batch.corpus().equals("books")).toList();
        assertThat(ofBooks.get(ofBooks.size() - 1).tokensSoFar()).isEqualTo(3 * onePass);
        for (int i = 0; i < ofBooks.size(); i++) {
            CorpusBatch first = once.get(i % once.size());
            CorpusBatch batch = ofBooks.get(i);
            int pass = i / once.size();
            assertThat(batch.number()).isEqualTo(i);
            assertThat(batch.shard()).isEqualTo(pass * shards + first.shard());
            assertThat(batch.batch()).isEqualTo(first.batch());
            assertThat(batch.tokensBeforeShard()).isEqualTo(pass * onePass + first.tokensBeforeShard());
        }
        CorpusBatch lastOfWeb = all.stream()
                .filter(batch -> batch.corpus().equals("web"))
                .reduce((a, b) -> b)
                .orElseThrow();
        assertThat(lastOfWeb.tokensSoFar()).isBetween(2000L, 2000L + TestCorpus.ROWS * TestCorpus.CONTEXT);
    }

    /** The rows of a later pass are in another order; the texts, and those held out, are the same. */
    @Test
    void everyPassHoldsOutTheSameDocuments() {
        CorpusConfig config = new CorpusConfig(
                books.source.toString(),
                "books",
                null,
                null,
                null,
                null,
                0L,
                5000,
                TestCorpus.CONTEXT,
                TestCorpus.ROWS,
                null,
                4,
                false,
                null,
                null,
                null,
                null,
                null,
                2,
                null);
        List<CorpusBatch> twice = texts.batches(config);
        List<CorpusBatch> once = texts.batches(Mixtures.onePass(config));

        assertThat(twice).hasSize(2 * once.size());
        for (int i = 0; i < once.size(); i++) {
            assertThat(twice.get(i + once.size()).tokens())
                    .isEqualTo(once.get(i).tokens());
        }
    }

    @Test
    void aPassIsCountedOnceAndTheFractionIsThatOfAllPasses() {
        CorpusConfig mixture = mixture(null, Map.of("books", source(books, 1, 3, null)));
        CorpusConfig source = Mixtures.sources(mixture).get(0);
        long half = texts.batches(source).size() / 2;
        try (TokenBatchSource twice = new TokenBatchSource(source, books.tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            for (long i = 0; i < half; i++) {
                twice.next();
            }
            assertThat(twice.fraction()).isBetween(0.4, 0.65);
            twice.forEachRemaining(batch -> {});
            assertThat(twice.fraction()).isEqualTo(1);
            assertThat(twice.report().documents()).isEqualTo(9);
            assertThat(twice.report().files()).isEqualTo(9);
        }
    }

    @Test
    void theMixtureEndsWithTheBatchThatReachesItsTokens() {
        Map<String, MixtureSource> sources = Map.of("web", source(web, 3, 1, null), "books", source(books, 1, 1, null));
        List<CorpusBatch> all = texts.batches(mixture(null, sources));
        for (long limit = 1; limit < 9000; limit += 1777) {
            List<CorpusBatch> limited = texts.batches(mixture(limit, sources));

            long tokens = limited.stream().mapToLong(batch -> predicted(batch)).sum();
            assertThat(limited).usingRecursiveFieldByFieldElementComparator().isEqualTo(all.subList(0, limited.size()));
            assertThat(tokens).isGreaterThanOrEqualTo(limit);
            assertThat(tokens - predicted(limited.get(limited.size() - 1))).isLessThan(limit);
        }
    }

    private static long predicted(CorpusBatch batch) {
        return batch.rows() * (batch.length() - 1L);
    }
}
