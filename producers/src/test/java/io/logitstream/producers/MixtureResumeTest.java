package io.logitstream.producers;

import static io.logitstream.producers.TestMixture.mixture;
import static io.logitstream.producers.TestMixture.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import io.logitstream.producers.topic.MixtureHeader;
import io.logitstream.producers.topic.PublishedCorpus;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.BatchPosition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mixture in a topic continues after a stop at any batch, and what it refuses to continue. */
class MixtureResumeTest {
    private static final int PARTITIONS = 3;

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

                assertThat(rest.stream().map(MixtureResumeTest::content))
                        .isEqualTo(whole.subList(stop, whole.size()).stream()
                                .map(MixtureResumeTest::content)
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
        assertThatThrownBy(() -> require(TestCorpus.config(web.source.toString(), "web", null, null), "web", before))
                .hasMessage("topic tokens: corpus web is a source of a mixture (old, web); continue that with the same"
                        + " corpora, or use another corpus name or topic");
        require(now, "web", MixtureHeader.of(now));
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
            if (before.size() % 2 == 0) {
                // Read from the beginning before it is known what the topic holds.
                readers.startAtBeginning(() -> {});
            }
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
            try {
                PublishLoop loop = new PublishLoop(
                        readers.batches(sources),
                        writer,
                        sources,
                        (count, tokens, fraction) -> {},
                        () -> false,
                        null,
                        System::nanoTime);
                assertThat(loop.run(() -> false)).isTrue();
                PublishResult result = readers.result(sources, true);
                assertThat(result.batches()).isEqualTo(loop.batches());
                assertThat(result.sources()).hasSize(readers.sources().size());
            } finally {
                readers.endReading();
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
}
