package io.logitstream.producers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.PipeEndCheck;
import io.logitstream.producers.batches.ReadAhead;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.topic.PublishedCorpus;
import io.logitstream.schemas.EndOfCorpus;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.VocabularyHeader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the publisher does with its producer; the broker's part is tested where there is a broker. */
class PublishLoopTest {
    private static final int PARTITIONS = 3;
    private static final PublishedCorpus NOTHING = new PublishedCorpus(null, null, null, null, null);

    @TempDir
    Path folder;

    private TestCorpus corpus;
    private List<CorpusBatch> all;
    private MockProducer<String, TokenBatch> producer;
    private TokenWriter writer;
    private final List<Long> told = new ArrayList<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @BeforeEach
    void open() {
        corpus = new TestCorpus(folder, 2, 8);
        all = corpus.batches(null, TokenBatchSource.Start.OF_CORPUS);
        producer = new MockProducer<>(
                true, new RoundRobinPartitioner(), new StringSerializer(), (topic, batch) -> new byte[0]);
        writer = new TokenWriter(producer, "tokens", PARTITIONS, "c", corpus.tokenizer.identity(), null, null);
        writer.takeOver();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        corpus.tokenizer.close();
    }

    @Test
    void batchesAndEndsOfIsolatedDocumentsNameTheTokenThatEndsThem() throws InterruptedException {
        writer = new TokenWriter(producer, "tokens", PARTITIONS, "c", corpus.tokenizer.identity(), 0, null);

        loop(NOTHING).run(() -> false);

        assertThat(producer.history())
                .hasSize(all.size() + PARTITIONS)
                .allSatisfy(
                        record -> assertThat(record.value().getDocumentEnd()).isZero());
    }

    @Test
    void aCorpusGoesOnWithTheHashOfItsFirstTokenizerAndEachRecordNamesTheIds() throws InterruptedException {
        writer.continueWith("e".repeat(64));

        writer.write(all.get(0));
        writer.end("c", 1, 8);
        writer.commit();

        assertThat(producer.history()).hasSize(1 + PARTITIONS).allSatisfy(record -> {
            assertThat(record.value().getTokenizerHash()).isEqualTo("e".repeat(64));
            assertThat(VocabularyHeader.read(record.headers()))
                    .isEqualTo(corpus.tokenizer.identity().vocabulary());
        });
    }

    @Test
    void publishesEachBatchInTurnAndThenAnEndInEachPartition() throws InterruptedException {
        boolean complete = loop(NOTHING).run(() -> false);

        List<ProducerRecord<String, TokenBatch>> records = producer.history();
        assertThat(complete).isTrue();
        assertThat(producer.transactionInFlight()).isFalse();
        assertThat(records).hasSize(all.size() + PARTITIONS);
        for (int i = 0; i < all.size(); i++) {
            CorpusBatch batch = all.get(i);
            ProducerRecord<String, TokenBatch> record = records.get(i);
            assertThat(record.partition()).isEqualTo(i % PARTITIONS);
            assertThat(record.key()).isEqualTo("c/%05d/%07d".formatted(batch.shard(), batch.batch()));
            assertThat(TokenBatches.tokens(TokenBatches.require(record.value())))
                    .isEqualTo(batch.tokens());
            assertThat(BatchPosition.readFrom(record.headers(), "").number()).isEqualTo(i);
        }
        EndOfCorpus end =
                new EndOfCorpus((long) all.size(), all.get(all.size() - 1).tokensSoFar());
        for (int partition = 0; partition < PARTITIONS; partition++) {
            ProducerRecord<String, TokenBatch> record = records.get(all.size() + partition);
            assertThat(record.partition()).isEqualTo(partition);
            assertThat(record.key()).isEqualTo("c/end");
            assertThat(TokenBatches.require(record.value()).getEndOfCorpus()).isEqualTo(end);
        }
        assertThat(told).isSorted().endsWith((long) all.size());
    }

    @Test
    void theFirstTransactionsAreShort() throws InterruptedException {
        AtomicLong time = new AtomicLong();

        loop(
                        NOTHING,
                        () -> false,
                        null,
                        () -> time.addAndGet(Duration.ofMillis(20).toNanos()))
                .run(() -> false);

        assertThat(told.get(0)).isBetween(1L, 3L);
        assertThat(told.get(1) - told.get(0)).isBetween(1L, 5L);
    }

    @Test
    void continuesAfterEachPossibleLastBatch() throws InterruptedException {
        for (int last = 0; last < all.size(); last += 7) {
            producer.clear();
            PublishLoop loop = loop(published(all.get(last)));

            assertThat(loop.run(() -> false)).isTrue();

            assertThat(producer.history()).hasSize(all.size() - last - 1 + PARTITIONS);
            assertThat(producer.history().stream().limit(all.size() - last - 1).map(ProducerRecord::value))
                    .isEqualTo(all.subList(last + 1, all.size()).stream()
                            .map(writer::recordOf)
                            .toList());
            assertThat(loop.newBatches()).isEqualTo(all.size() - last - 1L);
            assertThat(loop.predictedTokens()).isEqualTo(all.get(all.size() - 1).tokensSoFar());
        }
    }

    @Test
    void refusesToContinueAnotherCorpus() {
        CorpusBatch batch = all.get(11);
        CorpusBatch other = new CorpusBatch(
                "c",
                batch.number(),
                batch.shard(),
                batch.batch(),
                batch.rows(),
                batch.length(),
                batch.tokens().clone(),
                batch.tokensSoFar(),
                batch.tokensBeforeShard());
        other.tokens()[5] ^= 1;
        CorpusBatch end = all.get(all.size() - 1);
        CorpusBatch beyond = new CorpusBatch(
                "c",
                end.number() + 1,
                end.shard(),
                end.batch() + 1,
                end.rows(),
                end.length(),
                end.tokens(),
                end.tokensSoFar() + 1,
                end.tokensBeforeShard());

        for (CorpusBatch last : List.of(other, beyond)) {
            assertThatThrownBy(() -> loop(published(last)).run(() -> false))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("%07d".formatted(last.batch()))
                    .hasMessageContaining("changed");
            assertThat(producer.history()).isEmpty();
            assertThat(producer.transactionInFlight()).isFalse();
        }
    }

    @Test
    void abortsTheOpenTransactionWhenStoppedInterruptedOrFailed() throws Exception {
        int[] checks = {0};
        PublishLoop stopped = loop(NOTHING);
        assertThat(stopped.run(() -> checks[0]++ > 3)).isFalse();
        assertThat(producer.transactionInFlight()).isFalse();
        assertThat(producer.history()).hasSize((int) stopped.batches());

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> loop(NOTHING).run(() -> false)).isInstanceOf(InterruptedException.class);
        assertThat(producer.transactionInFlight()).isFalse();

        producer.sendException = new KafkaException("record\n lost", new IllegalStateException("disk\n full"));
        assertThatThrownBy(() -> loop(NOTHING).run(() -> false))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("topic tokens")
                .hasMessageContaining("corpus c")
                .hasMessageEndingWith("disk full");
        assertThat(producer.transactionInFlight()).isFalse();
    }

    @Test
    void saysThatAnotherPublisherHasTakenOver() {
        producer.commitTransactionException = new KafkaException("failed", new ProducerFencedException("fenced"));

        assertThatThrownBy(() -> loop(NOTHING).run(() -> false))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("another process");
    }

    @Test
    void aTransactionThatTheBrokerHasEndedIsKnownAsSuch() {
        for (RuntimeException lost : List.of(
                new InvalidTxnStateException("state"),
                new InvalidProducerEpochException("epoch"),
                new TransactionAbortableException("abort"),
                new TimeoutException("expired"))) {
            producer.commitTransactionException = new KafkaException("failed", lost);

            assertThatThrownBy(() -> loop(NOTHING).run(() -> false)).isInstanceOf(LostTransactionException.class);
            assertThat(producer.transactionInFlight()).isFalse();
        }
    }

    @Test
    void aWithdrawnCorpusEndsWithWhatIsPublished() throws InterruptedException {
        int[] checks = {0};
        PublishLoop inTheMiddle = loop(NOTHING, () -> checks[0]++ > 5);
        assertThat(inTheMiddle.run(() -> false)).isTrue();
        long batches = inTheMiddle.batches();
        assertThat(batches).isBetween(1L, all.size() - 1L);
        assertThat(producer.history()).hasSize((int) batches + PARTITIONS);
        assertEnds(batches, all.get((int) batches - 1).tokensSoFar());

        producer.clear();
        PublishLoop afterARestart = loop(published(all.get(11)), () -> true);
        assertThat(afterARestart.run(() -> false)).isTrue();
        assertThat(producer.history()).hasSize(PARTITIONS);
        assertEnds(12, all.get(11).tokensSoFar());
    }

    @Test
    void aPipeThatEndsWithARequestToStopIsNotTheEndOfTheCorpus() throws InterruptedException {
        CorpusBatch last = all.get(all.size() - 1);
        PipeEndCheck end = new PipeEndCheck(TestCorpus.ROWS, TestCorpus.CONTEXT + 1, 60_000);
        assertThat(end.isPartial(last)).isTrue();
        long[] handedOver = {0};
        PublishLoop stopped = loop(NOTHING, () -> false, end);

        // The signal comes some time after the pipe's end, when all but the last batch has been handed over.
        boolean complete = stopped.run(() -> {
            boolean all =
                    producer.uncommittedRecords().size() + producer.history().size() >= this.all.size() - 1;
            handedOver[0] = all && handedOver[0] == 0 ? System.nanoTime() : handedOver[0];
            return handedOver[0] != 0
                    && System.nanoTime() - handedOver[0]
                            > Duration.ofMillis(300).toNanos();
        });

        assertThat(complete).isFalse();
        assertThat(producer.transactionInFlight()).isFalse();
        assertThat(producer.history())
                .noneMatch(record -> record.key().equals("c/end"))
                .noneMatch(record -> record.value().equals(writer.recordOf(last)));
    }

    @Test
    void aPipeThatEndsWithoutASignalIsPublishedWhole() throws InterruptedException {
        PublishLoop loop = loop(NOTHING, () -> false, new PipeEndCheck(TestCorpus.ROWS, TestCorpus.CONTEXT + 1, 50));

        assertThat(loop.run(() -> false)).isTrue();

        assertThat(producer.history()).hasSize(all.size() + PARTITIONS);
        assertThat(producer.history().stream().limit(all.size()).map(ProducerRecord::key))
                .isEqualTo(all.stream()
                        .map(batch -> "c/%05d/%07d".formatted(batch.shard(), batch.batch()))
                        .toList());
        assertEnds(all.size(), all.get(all.size() - 1).tokensSoFar());
    }

    private void assertEnds(long batches, long tokens) {
        List<ProducerRecord<String, TokenBatch>> records = producer.history();
        assertThat(records.subList(records.size() - PARTITIONS, records.size()))
                .allMatch(record -> record.value().getEndOfCorpus().equals(new EndOfCorpus(batches, tokens)));
        assertThat(producer.transactionInFlight()).isFalse();
    }

    private PublishLoop loop(PublishedCorpus published) {
        return loop(published, () -> false);
    }

    private PublishLoop loop(PublishedCorpus published, BooleanSupplier withdrawn) {
        return loop(published, withdrawn, null);
    }

    private PublishLoop loop(PublishedCorpus published, BooleanSupplier withdrawn, PipeEndCheck pipe) {
        return loop(published, withdrawn, pipe, System::nanoTime);
    }

    private PublishLoop loop(
            PublishedCorpus published, BooleanSupplier withdrawn, PipeEndCheck pipe, LongSupplier clock) {
        ResumeCheck resume = new ResumeCheck("tokens", corpus.config(null), published, writer);
        TokenBatchSource source = new TokenBatchSource(corpus.config(null), corpus.tokenizer, resume.start());
        ReadAhead ahead = new ReadAhead(source, () -> {});
        opened.addFirst(source);
        opened.addFirst(ahead);
        return new PublishLoop(
                ahead,
                writer,
                Map.of("c", new PublishedSource("c", resume, published.position())),
                (batches, tokens, fraction) -> told.add(batches),
                withdrawn,
                pipe,
                clock);
    }

    private PublishedCorpus published(CorpusBatch last) {
        return new PublishedCorpus(writer.recordOf(last), last.position(), null, null, null);
    }
}
