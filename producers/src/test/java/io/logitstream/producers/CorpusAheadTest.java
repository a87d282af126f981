package io.logitstream.producers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.ReadAhead;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import io.logitstream.producers.topic.PublishedCorpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusAheadTest {
    private static final String[] NAMES = {"corpus-reader", "tokenizer"};

    private static final PublishedCorpus NOTHING = new PublishedCorpus(null, null, null, null, null);

    @TempDir
    Path folder;

    private TestCorpus corpus;
    private CorpusConfig config;
    private List<CorpusBatch> all;
    private TokenWriter writer;

    @BeforeEach
    void open() {
        corpus = new TestCorpus(folder, 3, 8);
        config = corpus.config(null).withTokenizing(new TokenizingConfig(2, 1 << 20));
        all = corpus.batches(null, TokenBatchSource.Start.OF_CORPUS);
        writer = new TokenWriter(
                new MockProducer<>(
                        true, new RoundRobinPartitioner(), new StringSerializer(), (topic, batch) -> new byte[0]),
                "tokens",
                3,
                "c",
                corpus.tokenizer.identity(),
                null,
                null);
    }

    @AfterEach
    void close() {
        corpus.tokenizer.close();
    }

    @Test
    void aPublisherOfANewTopicTakesTheBatchesThatAreRead() throws InterruptedException {
        try (CorpusAhead ahead = started(config, corpus.tokenizer);
                CorpusReaders readers = ahead.take()) {
            ReadAhead batches = readers.batches(sources(NOTHING));

            assertThat(rest(batches))
                    .usingRecursiveFieldByFieldElementComparator()
                    .isEqualTo(all);
            assertThat(ahead.take())
                    .as("a second publisher opens the corpus itself")
                    .isNull();
        }
    }

    @Test
    void aTopicThatHoldsAPartIsContinuedFromItsLastShard() throws InterruptedException {
        CorpusBatch last = all.get(all.size() - 5);
        PublishedCorpus published = new PublishedCorpus(writer.recordOf(last), last.position(), null, null, null);
        List<CorpusBatch> following =
                all.stream().filter(batch -> batch.shard() >= last.shard()).toList();
        try (CorpusAhead ahead = started(config, corpus.tokenizer);
                CorpusReaders readers = ahead.take()) {
            List<CorpusBatch> batches = rest(readers.batches(sources(published)));

            assertThat(last.shard()).isPositive();
            assertThat(batches).usingRecursiveFieldByFieldElementComparator().isEqualTo(following);
        }
    }

    @Test
    void aCorpusThatNoPublisherTakesEndsItsThreads(@TempDir Path large) throws InterruptedException {
        // More batches than are read ahead, so that the reader waits until somebody takes them.
        TestCorpus longer = new TestCorpus(large, 5, 80);
        Set<Thread> before = RunningThreads.named(NAMES);
        CorpusAhead ahead =
                started(longer.config(null).withTokenizing(new TokenizingConfig(2, 1 << 20)), longer.tokenizer);
        assertThat(RunningThreads.named(NAMES)).as("threads at work").hasSizeGreaterThan(before.size());

        ahead.close();
        ahead.close();

        RunningThreads.requireOnly(before, NAMES);
        assertThat(ahead.take()).isNull();
        longer.tokenizer.close();
    }

    @Test
    void aMissingCorpusIsRefusedAtOnceAndOneThatCannotBeReadByItsPublisher() throws IOException {
        assertThatThrownBy(() -> started(
                        TestCorpus.config(folder.resolve("none").toString(), "c", null, null), corpus.tokenizer))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("none");

        Files.writeString(corpus.source.resolve("zzz.parquet"), "no Parquet file at all");
        try (CorpusAhead ahead = started(corpus.inOrder(), corpus.tokenizer);
                CorpusReaders readers = ahead.take()) {
            ReadAhead batches = readers.batches(sources(NOTHING));

            assertThatThrownBy(() -> rest(batches))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("it is not a Parquet file");
        }
    }

    @Test
    void standardInputIsLeftToThePublisher() {
        try (CorpusAhead ahead = started(TestCorpus.config("-", "c", null, null), corpus.tokenizer)) {
            assertThat(ahead.take()).isNull();
        }
    }

    @Test
    void somethingElseFollowsWhenTheCorpusIsRead() throws InterruptedException {
        CountDownLatch read = new CountDownLatch(1);
        try (CorpusAhead first = CorpusAhead.open(config, corpus.tokenizer);
                CorpusAhead second = CorpusAhead.open(config, corpus.tokenizer)) {
            first.whenRead(() -> {
                second.start();
                second.whenRead(read::countDown);
            });
            assertThat(read.getCount()).isOne();

            first.start();

            assertThat(read.await(20, TimeUnit.SECONDS)).isTrue();
            try (CorpusReaders readers = second.take()) {
                assertThat(rest(readers.batches(sources(NOTHING))))
                        .usingRecursiveFieldByFieldElementComparator()
                        .isEqualTo(all);
            }
        }
    }

    @Test
    void aPublisherMayComeBeforeTheStart() throws InterruptedException {
        AtomicInteger read = new AtomicInteger();
        try (CorpusAhead ahead = CorpusAhead.open(config, corpus.tokenizer);
                CorpusReaders readers = ahead.take()) {
            ahead.start();
            ahead.whenRead(read::incrementAndGet);

            assertThat(read.get()).isOne();
            assertThat(rest(readers.batches(sources(NOTHING)))).hasSameSizeAs(all);
        }
    }

    private static CorpusAhead started(CorpusConfig config, Tokenizer tokenizer) {
        CorpusAhead ahead = CorpusAhead.open(config, tokenizer);
        ahead.start();
        return ahead;
    }

    private Map<String, PublishedSource> sources(PublishedCorpus published) {
        ResumeCheck resume = new ResumeCheck("tokens", config, published, writer);
        return Map.of("c", new PublishedSource("c", resume, published.position()));
    }

    private static List<CorpusBatch> rest(ReadAhead ahead) throws InterruptedException {
        List<CorpusBatch> batches = new ArrayList<>();
        while (true) {
            ReadAhead.Item item = ahead.poll(TimeUnit.SECONDS.toNanos(20));
            if (item.batch() == null) {
                return batches;
            }
            batches.add(item.batch());
        }
    }
}
