package io.logitstream.producers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.batches.BatchSource;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.Mixtures;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import io.logitstream.producers.topic.MixtureHeader;
import io.logitstream.producers.topic.PublishedCorpus;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.BatchPosition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several sources in one topic: their shares, ends, and what is continued after a stop at any batch. */
class MixtureTest {
    private static final int PARTITIONS = 3;

    @TempDir
    Path folder;

    private TestCorpus web;
    private TestCorpus books;

    @BeforeEach
    void write() {
        web = new TestCorpus(folder.resolve("w"), 21, 24);
        books = new TestCorpus(folder.resolve("b"), 22, 9);
    }

    @AfterEach
    void close() {
        web.tokenizer.close();
        books.tokenizer.close();
    }

    @Test
    void theSharesOfTokensAreThoseOfTheWeightsUpToABatch() {
        CorpusConfig mixture =
                mixture(null, Map.of("web", source(web, 2.5, 1, null), "books", source(books, 1, 1, null)));
        Map<String, Long> tokens = new HashMap<>(Map.of("web", 0L, "books", 0L));
        long batch = TestCorpus.ROWS * TestCorpus.CONTEXT;
        List<CorpusBatch> batches = batches(mixture);

        for (CorpusBatch each : batches.subList(0, batches.size() / 2)) {
            tokens.put(each.corpus(), each.tokensSoFar());
            assertThat(tokens.get("web") / 2.5 - tokens.get("books")).isBetween(-1.0 * batch, batch / 2.5);
        }
    }

    @Test
    void eachSourceGivesItsOwnBatchesUnderItsName() {
        CorpusConfig mixture =
                mixture(null, Map.of("web", source(web, 3, 1, null), "books", source(books, 1, 1, null)));

        List<CorpusBatch> batches = batches(mixture);

        for (CorpusConfig source : Mixtures.sources(mixture)) {
            assertThat(batches.stream().filter(batch -> batch.corpus().equals(source.name())))
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(batches(source));
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

        List<CorpusBatch> one = batches(mixture(null, oneOrder).withTokenizing(new TokenizingConfig(1, 1)));

        for (int ahead : new int[] {1, 20_000, 1 << 24}) {
            assertThat(batches(mixture(null, otherOrder).withTokenizing(new TokenizingConfig(3, ahead))))
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(one);
        }
    }

    @Test
    void aSourceIsRepeatedForItsEpochsOrStopsAtItsTokensAndTheOthersGoOn() {
        List<CorpusBatch> once = batches(config(books, "books", null));
        long onePass = once.get(once.size() - 1).tokensSoFar();
        int shards = once.get(once.size() - 1).shard() + 1;

        List<CorpusBatch> all =
                batches(mixture(null, Map.of("books", source(books, 9, 3, null), "web", source(web, 1, 1, 2000L))));

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
        List<CorpusBatch> twice = batches(config);
        List<CorpusBatch> once = batches(Mixtures.onePass(config));

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
        long half = batches(source).size() / 2;
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
        List<CorpusBatch> all = batches(mixture(null, sources));
        for (long limit = 1; limit < 9000; limit += 1777) {
            List<CorpusBatch> limited = batches(mixture(limit, sources));

            long tokens = limited.stream().mapToLong(batch -> predicted(batch)).sum();
            assertThat(limited).usingRecursiveFieldByFieldElementComparator().isEqualTo(all.subList(0, limited.size()));
            assertThat(tokens).isGreaterThanOrEqualTo(limit);
            assertThat(tokens - predicted(limited.get(limited.size() - 1))).isLessThan(limit);
        }
    }

    /** A stop after any committed batch, in any pass and after the end of a source, changes nothing. */
    @Test
    void continuedAfterAnyBatchItGivesTheRecordsOfARunWithoutAStop() throws InterruptedException {
        for (int threads : new int[] {1, 3}) {
            CorpusConfig mixture = mixture(
                            20_000L,
                            Map.of(
                                    "books",
                                    source(books, 1, 2, null),
                                    "code",
                                    source(web, 1, 1, 1500L),
                                    "web",
                                    source(web, 2.5, 1, null)))
                    .withTokenizing(new TokenizingConfig(threads, 1 << 20));
            List<ProducerRecord<String, TokenBatch>> whole = publish(mixture, List.of());
            assertThat(whole.subList(whole.size() - 3 * PARTITIONS, whole.size()))
                    .as("the ends of all sources come last")
                    .allMatch(record -> TokenBatches.isEndMarker(record.value()));
            assertThat(whole.subList(0, whole.size() - 3 * PARTITIONS))
                    .noneMatch(record -> TokenBatches.isEndMarker(record.value()));
            assertThat(whole)
                    .allMatch(record -> MixtureHeader.of(mixture).equals(MixtureHeader.read(record.headers())));

            for (int stop = 1; stop <= whole.size() - 3 * PARTITIONS; stop += threads == 1 ? 41 : 97) {
                List<ProducerRecord<String, TokenBatch>> before = whole.subList(0, stop);
                List<ProducerRecord<String, TokenBatch>> rest = publish(mixture, before);

                assertThat(rest.stream().map(MixtureTest::content))
                        .isEqualTo(whole.subList(stop, whole.size()).stream()
                                .map(MixtureTest::content)
                                .toList());
            }
        }
    }

    @Test
    void nothingIsWrittenIfOneOfTheSourcesHasChanged() throws InterruptedException {
        CorpusConfig mixture = mixture(null, Map.of("a", source(books, 1, 1, null), "z", source(web, 1, 1, null)));
        List<ProducerRecord<String, TokenBatch>> whole = publish(mixture, List.of());
        CorpusConfig other = mixture(null, Map.of("a", source(books, 1, 1, null), "z", source(books, 1, 1, null)));
        MockProducer<String, TokenBatch> producer = producer();

        assertThatThrownBy(() -> publish(other, whole.subList(0, 60), producer))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("z/0")
                .hasMessageContaining("changed");
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void anotherListIsRefusedWithWhatHasChanged() {
        MixtureHeader.Source weight3 = new MixtureHeader.Source(3, 1, null);
        MixtureHeader before = new MixtureHeader(null, Map.of("web", weight3, "old", weight3));
        CorpusConfig now = mixture(5000L, Map.of("web", source(web, 0.5, 2, 99L), "new", source(books, 1, 1, null)));

        assertThatThrownBy(() -> require(now, "web", before))
                .isInstanceOf(LogitstreamException.class)
                .hasMessage(
                        "topic tokens: corpus web is a source of another mixture: source new was added, source old was"
                                + " removed, corpora.web.weight was 3 and is now 0.5, corpora.web.epochs was 1 and is now 2,"
                                + " corpora.web.maxTokens was null and is now 99, corpus.maxTokens was null and is now 5000;"
                                + " restore corpora, or use another topic");
        assertThatThrownBy(() -> require(now, "web", null))
                .hasMessage("topic tokens: corpus web is in the topic already and was not published by a mixture; give"
                        + " the source another name in corpora, or use another topic");
        assertThatThrownBy(() -> require(config(web, "web", null), "web", before))
                .hasMessage("topic tokens: corpus web is a source of a mixture (old, web); continue that with the same"
                        + " corpora, or use another corpus name or topic");
        require(now, "web", MixtureHeader.of(now));
    }

    @Test
    void settingsThatAMixtureCannotHaveAreRefused() {
        MixtureSource some = source(web, 1, 1, null);
        assertThat(refusal(Map.of("a/b", some))).startsWith("corpora: corpus name 'a/b' must have");
        assertThat(refusal(Map.of("web", MixtureSource.of(null, 1)))).startsWith("corpora.web.source is not given");
        assertThat(refusal(Map.of("web", MixtureSource.of("-", 1)))).startsWith("corpora.web.source is standard input");
        assertThat(refusal(Map.of("web", MixtureSource.of("x", 0))))
                .startsWith("corpora.web.weight is 0.0, but must be");
        assertThat(refusal(Map.of("web", MixtureSource.of("x", Double.NaN)))).startsWith("corpora.web.weight is NaN");
        assertThat(refusal(Map.of("web", source(web, 1, 0, null)))).startsWith("corpora.web.epochs is 0");
        assertThat(refusal(Map.of("web", source(web, 1, 1, 0L)))).startsWith("corpora.web.maxTokens is 0");
        Map<String, MixtureSource> many = new TreeMap<>();
        for (int i = 0; i < 65; i++) {
            many.put("s" + i, some);
        }
        assertThat(refusal(many)).startsWith("corpora names 65 sources, but a mixture has at most 64");
    }

    @Test
    void anEstimateTellsSharesAndEnds() {
        CorpusConfig mixture =
                mixture(null, Map.of("web", source(web, 1, 1, null), "books", source(books, 1, 2, 900L)));
        MixtureEstimate estimate = MixtureEstimate.of(mixture, web.tokenizer, Duration.ofSeconds(30));
        Map<String, Long> given = new HashMap<>();
        batches(mixture).forEach(batch -> given.put(batch.corpus(), batch.tokensSoFar()));

        assertThat(estimate.isWhole()).isTrue();
        MixtureEstimate.Source ofBooks = estimate.sources().get(0);
        MixtureEstimate.Source ofWeb = estimate.sources().get(1);
        assertThat(ofBooks.tokens()).isEqualTo(900);
        assertThat(ofBooks.endsAfter()).isEqualTo(1800);
        assertThat(ofWeb.tokens()).isEqualTo(given.get("web").doubleValue());
        assertThat(ofWeb.endsAfter()).isNull();
        assertThat(ofWeb.passes()).isEqualTo(1);
        assertThat(ofBooks.epochsToEnd())
                .isEqualTo(given.get("web") / (double) ofBooks.onePass().tokens());

        MixtureEstimate limited =
                MixtureEstimate.of(mixture(1000L, mixture.mixture()), List.of(ofBooks.onePass(), ofWeb.onePass()));
        assertThat(limited.tokens()).isCloseTo(1000, offset(0.01));
        assertThat(limited.sources().get(1).tokens()).isCloseTo(500, offset(0.01));
    }

    private static String refusal(Map<String, MixtureSource> sources) {
        return assertThatThrownBy(() -> mixture(null, sources))
                .isInstanceOf(UsageException.class)
                .actual()
                .getMessage();
    }

    private static void require(CorpusConfig config, String source, MixtureHeader header) {
        TokenBatch end = TokenBatches.endMarker(source, "h", 10, 1, 1, null);
        Map<String, PublishedCorpus> published = new LinkedHashMap<>();
        for (CorpusConfig each : Mixtures.sources(config)) {
            boolean there = each.name().equals(source) || Objects.equals(header, MixtureHeader.of(config));
            published.put(each.name(), new PublishedCorpus(null, null, there ? end : null, null, header));
        }
        ResumeCheck.requireMixture("tokens", config, published);
    }

    /** Publishes a mixture after the records that a topic has already; returns the new ones. */
    private List<ProducerRecord<String, TokenBatch>> publish(
            CorpusConfig mixture, List<ProducerRecord<String, TokenBatch>> before) throws InterruptedException {
        return publish(mixture, before, producer());
    }

    private List<ProducerRecord<String, TokenBatch>> publish(
            CorpusConfig mixture,
            List<ProducerRecord<String, TokenBatch>> before,
            MockProducer<String, TokenBatch> producer)
            throws InterruptedException {
        TokenWriter writer = new TokenWriter(
                producer,
                "tokens",
                PARTITIONS,
                mixture.name(),
                web.tokenizer.identity(),
                null,
                MixtureHeader.of(mixture));
        writer.takeOver();
        try (CorpusReaders readers = new CorpusReaders(mixture, web.tokenizer)) {
            Map<String, PublishedSource> sources = new LinkedHashMap<>();
            for (CorpusConfig source : readers.sources()) {
                ProducerRecord<String, TokenBatch> last = before.stream()
                        .filter(record -> record.value().getCorpus().equals(source.name()))
                        .reduce((a, b) -> b)
                        .orElse(null);
                PublishedCorpus published = last == null
                        ? new PublishedCorpus(null, null, null, null, null)
                        : new PublishedCorpus(
                                last.value(),
                                BatchPosition.readFrom(last.headers(), ""),
                                null,
                                null,
                                MixtureHeader.read(last.headers()));
                ResumeCheck resume = new ResumeCheck("tokens", source, published, writer);
                sources.put(source.name(), new PublishedSource(source.name(), resume, published.position()));
            }
            BatchSource batches = readers.batches(sources);
            try {
                PublishLoop loop =
                        new PublishLoop(batches, writer, sources, (count, tokens, fraction) -> {}, () -> false, null);
                assertThat(loop.run(() -> false)).isTrue();
                PublishResult result = readers.result(sources, true);
                assertThat(result.batches()).isEqualTo(loop.batches());
                assertThat(result.sources()).hasSize(readers.sources().size());
            } finally {
                batches.endThreads();
            }
        }
        return producer.history();
    }

    private static MockProducer<String, TokenBatch> producer() {
        return new MockProducer<>(
                true, new RoundRobinPartitioner(), new StringSerializer(), (topic, batch) -> new byte[0]);
    }

    private static List<Object> content(ProducerRecord<String, TokenBatch> record) {
        return List.of(record.partition(), record.key(), record.value(), record.headers());
    }

    private static long predicted(CorpusBatch batch) {
        return batch.rows() * (batch.length() - 1L);
    }

    private List<CorpusBatch> batches(CorpusConfig config) {
        List<CorpusBatch> batches = new ArrayList<>();
        try (BatchSource source = BatchSource.of(config, web.tokenizer)) {
            source.forEachRemaining(batches::add);
        }
        return batches;
    }

    private static MixtureSource source(TestCorpus corpus, double weight, int epochs, Long maxTokens) {
        return new MixtureSource(corpus.source.toString(), weight, epochs, maxTokens, null, null, null, null);
    }

    private static CorpusConfig mixture(Long maxTokens, Map<String, MixtureSource> sources) {
        return config(null, null, maxTokens, sources);
    }

    private static CorpusConfig config(TestCorpus corpus, String name, Long maxTokens) {
        return config(corpus.source.toString(), name, maxTokens, null);
    }

    private static CorpusConfig config(String source, String name, Long maxTokens, Map<String, MixtureSource> sources) {
        return new CorpusConfig(
                source,
                name,
                null,
                null,
                null,
                null,
                null,
                5000,
                TestCorpus.CONTEXT,
                TestCorpus.ROWS,
                maxTokens,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                sources);
    }
}
