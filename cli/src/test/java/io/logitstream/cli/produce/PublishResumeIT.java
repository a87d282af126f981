package io.logitstream.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.PublishListener;
import io.logitstream.producers.PublishResult;
import io.logitstream.producers.TokenPublisher;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.student.input.CorpusSize;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishing to a real broker with kills, stops and restarts; only a real broker has transactions. */
class PublishResumeIT {
    private static final PublishListener NOBODY = (batches, tokens, fraction) -> {};

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static EmbeddedCluster cluster;
    private static KafkaSettings kafka;
    private static Tokenizer tokenizer;
    private static List<List<PublishedTopic.Published>> reference;
    private static PublishResult referenceResult;

    @BeforeAll
    static void publishWithoutInterruption() throws IOException {
        cluster = EmbeddedCluster.start(shared, EmbeddedSettings.defaults());
        kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
        PublishedTopic.writeCorpus(shared, 24, 6_000);
        tokenizer = Tokenizer.load(shared.resolve("tokenizer"));
        PublishedTopic.create(kafka, "reference", null);
        referenceResult = publish("reference", PublishedTopic.corpus(shared, "c"), NOBODY);
        reference = PublishedTopic.read(kafka, "reference", "c");
    }

    @AfterAll
    static void stop() {
        tokenizer.close();
        cluster.close();
    }

    @Test
    void theCorpusIsCompleteWithAnEndInEachPartition() {
        long batches = reference.stream().mapToLong(List::size).sum() - PublishedTopic.PARTITIONS;

        assertThat(referenceResult.complete()).isTrue();
        assertThat(referenceResult.batches()).isEqualTo(batches).isEqualTo(referenceResult.newBatches());
        assertThat(reference)
                .allMatch(partition -> partition.get(partition.size() - 1).key().equals("c/end"));
        assertThat(reference.stream()
                        .flatMap(List::stream)
                        .map(PublishedTopic.Published::key)
                        .filter(key -> !key.equals("c/end")))
                .doesNotHaveDuplicates();
    }

    @Test
    void killedAtRandomPointsItPublishesEachBatchOnceAndInOrder() throws Exception {
        PublishedTopic.create(kafka, "killed", null);
        Random random = new Random(1);
        long committed = 0;
        for (int kills = 1; kills <= 4; kills++) {
            long enough = (long) (referenceResult.batches() * (kills - random.nextDouble()) / 6);
            Process process = PublisherProcess.start(kafka, "killed", shared);
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                for (long batches = 0; batches < enough; ) {
                    batches = Long.parseLong(out.readLine());
                }
                Thread.sleep(random.nextInt(100));
            } finally {
                process.destroyForcibly().waitFor();
            }
            long now = PublishedTopic.read(kafka, "killed", "c").stream()
                    .mapToLong(List::size)
                    .sum();
            assertThat(now).isGreaterThanOrEqualTo(committed);
            committed = now;
        }
        assertThat(committed).as("batches when killed last").isLessThan(referenceResult.batches());

        PublishResult result = publish("killed", PublishedTopic.corpus(shared, "c"), NOBODY);

        assertThat(PublishedTopic.read(kafka, "killed", "c")).isEqualTo(reference);
        assertThat(result.complete()).isTrue();
        assertThat(result.batches()).isEqualTo(referenceResult.batches());
        assertThat(result.predictedTokens()).isEqualTo(referenceResult.predictedTokens());
        assertThat(result.newBatches()).isLessThan(result.batches());
    }

    /** -Dlogitstream.kills=20 kills at 20 points, which takes about two minutes. */
    @Test
    void aMixtureOfThreeFormatsKilledAtAnyPointIsWholeAndTheSame() throws Exception {
        MixtureCorpus.write(folder);
        CorpusConfig mixture = MixtureCorpus.config(folder);
        int kills = Integer.getInteger("logitstream.kills", 3);
        PublishedTopic.create(kafka, "mixture", null);
        PublishedTopic.create(kafka, "mixture-killed", null);
        try (Tokenizer java4m = Tokenizer.load(Path.of("..", "teachers", "java-4m"))) {
            PublishResult whole = new TokenPublisher(kafka, "mixture", mixture, java4m, NOBODY).publish();
            assertThat(whole.sources()).extracting(PublishResult::corpus).containsExactly("ids", "lines", "rows");
            Random random = new Random(kills);
            for (int kill = 1; kill <= kills; kill++) {
                long enough = (long) (whole.batches() * (kill - random.nextDouble()) / (kills + 1));
                Process process = PublisherProcess.startMixture(kafka, "mixture-killed", folder);
                try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                    for (long batches = 0; batches < enough; ) {
                        batches = Long.parseLong(out.readLine());
                    }
                    Thread.sleep(random.nextInt(100));
                } finally {
                    process.destroyForcibly().waitFor();
                }
            }

            PublishResult rest = new TokenPublisher(kafka, "mixture-killed", mixture, java4m, NOBODY).publish();

            assertThat(rest.complete()).isTrue();
            assertThat(rest.newBatches()).isPositive().isLessThan(rest.batches());
            for (PublishResult source : whole.sources()) {
                assertThat(PublishedTopic.read(kafka, "mixture-killed", source.corpus()))
                        .as(source.corpus())
                        .isEqualTo(PublishedTopic.read(kafka, "mixture", source.corpus()));
            }
            assertThat(PublishedTopic.read(kafka, "mixture-killed", ""))
                    .as("the order of the sources within each partition")
                    .isEqualTo(PublishedTopic.read(kafka, "mixture", ""));
            assertThat(rest.predictedTokens()).isEqualTo(whole.predictedTokens());
            PublishResult again = new TokenPublisher(kafka, "mixture", mixture, java4m, NOBODY).publish();
            assertThat(again.wasComplete()).isTrue();
            assertThat(again.batches()).isEqualTo(whole.batches());
            try (SchemaRegistryClient registry = RegistryClients.create(kafka)) {
                assertThat(CorpusSize.find(kafka, registry, List.of("mixture")))
                        .as("the length of a run without training.tokens")
                        .isEqualTo(whole.predictedTokens());
            }
            CorpusConfig alone = Mixtures.sources(mixture).get(0);
            assertThatThrownBy(() -> new TokenPublisher(kafka, "mixture", alone, java4m, NOBODY).publish())
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("corpus ids is a source of a mixture (ids, lines, rows)");
        }
    }

    @Test
    void stoppedAndContinuedBehindAnotherCorpusBothAreWhole() {
        PublishedTopic.create(kafka, "shared", null);
        CorpusConfig other = PublishedTopic.corpus(shared, "other");

        PublishResult first = stopAfter("shared", PublishedTopic.corpus(shared, "c"), 150);
        PublishResult second = stopAfter("shared", other, 1);
        PublishResult third = stopAfter("shared", PublishedTopic.corpus(shared, "c"), 700);
        PublishResult wholeOther = publish("shared", other, NOBODY);
        PublishResult whole = publish("shared", PublishedTopic.corpus(shared, "c"), NOBODY);

        assertThat(List.of(first, second, third)).noneMatch(PublishResult::complete);
        assertThat(third.newBatches()).isEqualTo(third.batches() - first.batches());
        assertThat(whole.complete() && wholeOther.complete()).isTrue();
        assertThat(PublishedTopic.read(kafka, "shared", "c")).isEqualTo(reference);
        assertThat(PublishedTopic.read(kafka, "shared", "other").stream().map(List::size))
                .isEqualTo(reference.stream().map(List::size).toList());
    }

    @Test
    void anInterruptTakesBackWhatIsOpenAndStaysSet() {
        PublishedTopic.create(kafka, "interrupted", null);
        PublishResult result = publish(
                "interrupted",
                PublishedTopic.corpus(shared, "c"),
                (batches, tokens, fraction) -> Thread.currentThread().interrupt());

        assertThat(Thread.interrupted()).isTrue();
        assertThat(result.complete()).isFalse();
        assertThat(PublishedTopic.read(kafka, "interrupted", "c").stream()
                        .mapToLong(List::size)
                        .sum())
                .isEqualTo(result.batches())
                .isPositive();
        publish("interrupted", PublishedTopic.corpus(shared, "c"), NOBODY);
        assertThat(PublishedTopic.read(kafka, "interrupted", "c")).isEqualTo(reference);
    }

    @Test
    void aSecondPublisherTakesOverAndTheFirstSaysSo() {
        PublishedTopic.create(kafka, "fenced", null);
        CorpusConfig corpus = PublishedTopic.corpus(shared, "c");
        AtomicReference<PublishResult> second = new AtomicReference<>();

        assertThatThrownBy(() -> publish("fenced", corpus, (batches, tokens, fraction) -> {
                    if (second.get() == null) {
                        second.set(publish("fenced", corpus, NOBODY));
                    }
                }))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("another process")
                .hasMessageContaining("corpus c");

        assertThat(second.get().complete()).isTrue();
        assertThat(PublishedTopic.read(kafka, "fenced", "c")).isEqualTo(reference);
    }

    @Test
    void aPublisherThatStoodStillContinuesByItself() throws Exception {
        PublishedTopic.create(kafka, "frozen", null);
        Process process = PublisherProcess.start(kafka, "frozen", shared, "producer.transaction.timeout.ms=1000");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                Admin admin = Admin.create(kafka.admin())) {
            out.readLine();
            signal("STOP", process);
            while (OpenTransactions.state(admin, "frozen") != TransactionState.ONGOING) {
                signal("CONT", process);
                Thread.sleep(5);
                signal("STOP", process);
                assertThat(process.isAlive()).as("stopped within a transaction").isTrue();
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> OpenTransactions.state(admin, "frozen") == TransactionState.COMPLETE_ABORT);
            signal("CONT", process);
            out.lines().forEach(line -> {});
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }

        assertThat(PublishedTopic.read(kafka, "frozen", "c")).isEqualTo(reference);
    }

    @Test
    void aTransactionThatNoCoordinatorKnowsAnyMoreIsEnded() throws Exception {
        PublishedTopic.create(kafka, "hanging", null);
        PublishedTopic.create(kafka, "at-work", null);
        CorpusConfig corpus = PublishedTopic.corpus(shared, "c");
        // This cluster allows transactions of 24 hours.
        long now = System.currentTimeMillis();
        try (KafkaProducer<byte[], byte[]> gone = OpenTransactions.begin(
                        kafka, "hanging", now - Duration.ofHours(25).toMillis());
                KafkaProducer<byte[], byte[]> atWork = OpenTransactions.begin(
                        kafka, "at-work", now - Duration.ofHours(23).toMillis());
                Admin admin = Admin.create(kafka.admin())) {
            // The coordinator has lost its state, so neither a successor nor the time-out ends the transactions.
            admin.deleteTopics(List.of("__transaction_state")).all().get();
            gone.close(Duration.ZERO);
            atWork.close(Duration.ZERO);
            Duration patience = Duration.ofSeconds(3);

            new TokenPublisher(kafka, "hanging", corpus, tokenizer, NOBODY, patience).publish();
            TokenPublisher refused = new TokenPublisher(kafka, "at-work", corpus, tokenizer, NOBODY, patience);
            assertThatThrownBy(refused::publish)
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(
                            "at-work-1@0",
                            "transaction stays open",
                            "kafka-transactions.sh abort --topic at-work --partition 1 --start-offset 0");

            assertThat(PublishedTopic.read(kafka, "hanging", "c")).isEqualTo(reference);
            TopicPartition open = new TopicPartition("at-work", 1);
            assertThat(admin.describeProducers(List.of(open))
                            .partitionResult(open)
                            .get()
                            .activeProducers())
                    .as("a producer that may still be at work keeps its transaction")
                    .anyMatch(state -> state.currentTransactionStartOffset().isPresent());
        }
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void aCompleteCorpusIsLeftAsItIs() {
        PublishResult again = publish("reference", PublishedTopic.corpus(shared, "c"), NOBODY);

        assertThat(again.wasComplete()).isTrue();
        assertThat(again.batches()).isEqualTo(referenceResult.batches());
        assertThat(again.predictedTokens()).isEqualTo(referenceResult.predictedTokens());
        assertThat(PublishedTopic.read(kafka, "reference", "c")).isEqualTo(reference);
    }

    @Test
    void aChangedCorpusOrTokenizerIsNotContinued() throws IOException {
        PublishedTopic.writeCorpus(folder, 8, 20_000);
        PublishedTopic.create(kafka, "changed", null);
        CorpusConfig corpus = PublishedTopic.corpus(folder, "c");
        Tokenizer own = Tokenizer.load(folder.resolve("tokenizer"));
        AtomicReference<TokenPublisher> running = new AtomicReference<>();
        running.set(new TokenPublisher(
                kafka,
                "changed",
                corpus,
                own,
                (batches, tokens, fraction) -> running.get().close()));
        long batches = running.get().publish().batches();

        assertThatThrownBy(() -> publish("changed", corpus, NOBODY))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("another tokenizer")
                .hasMessageContaining(own.hash());
        for (int i = 0; i < 8; i++) {
            Path file = folder.resolve("texts/" + i + ".txt");
            Files.writeString(file, "changed " + Files.readString(file));
        }
        assertThatThrownBy(() -> new TokenPublisher(kafka, "changed", corpus, own, NOBODY).publish())
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("changed")
                .hasMessageContaining("c/0");
        own.close();
        assertThat(PublishedTopic.read(kafka, "changed", "c").stream()
                        .mapToLong(List::size)
                        .sum())
                .isEqualTo(batches);
    }

    @Test
    void whatCannotBePublishedIsSaidBeforeTheFirstRecord() {
        PublishedTopic.create(kafka, "small", 5_000);
        CorpusConfig corpus = PublishedTopic.corpus(shared, "c");

        assertThatThrownBy(() -> publish("small", corpus, NOBODY))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("5000")
                .hasMessageContaining("max.message.bytes");
        assertThatThrownBy(() -> publish("missing", corpus, NOBODY))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("topic missing");
        assertThatThrownBy(() -> publish("reference", PublishedTopic.corpus(folder.resolve("none"), "d"), NOBODY))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no such corpus");
    }

    private static PublishResult publish(String topic, CorpusConfig corpus, PublishListener listener) {
        try (TokenPublisher publisher = new TokenPublisher(kafka, topic, corpus, tokenizer, listener)) {
            return publisher.publish();
        }
    }

    /** Publishes until at least this many batches are committed. */
    private static PublishResult stopAfter(String topic, CorpusConfig corpus, long enough) {
        AtomicReference<TokenPublisher> publisher = new AtomicReference<>();
        publisher.set(new TokenPublisher(kafka, topic, corpus, tokenizer, (batches, tokens, fraction) -> {
            if (batches >= enough) {
                publisher.get().close();
            }
        }));
        return publisher.get().publish();
    }
}
