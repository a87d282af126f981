package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.teacher.model.RefusedBatchException;
import io.logitstream.teacher.model.ScoredBatch;
import io.logitstream.teacher.model.UnusableBatchException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class RecordGateTest {
    private static final TopicPartition P0 = new TopicPartition("tokens", 0);
    private static final TopicPartition P1 = new TopicPartition("tokens", 1);

    private final Map<ConsumerRecord<byte[], byte[]>, TokenBatch> batches = new HashMap<>();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name());
    private HeldBackScorer scorer;
    private LookAhead ahead;
    private RecordGate gate;

    @Test
    void aRecordPassesWhenItsBatchIsScoredAndNotBeforeThoseInFrontOfIt() {
        start(4, P0);
        put(P0, 0, 1, 2);

        assertThat(poll()).isEmpty();
        scorer.answer("0/1");
        assertThat(poll()).isEmpty();
        scorer.answer("0/0");
        assertThat(poll()).containsExactly("0@0", "0@1");
        assertThat(loss(P0, 0, 0)).isZero();
        assertThat(loss(P0, 1, 1)).isEqualTo(1);
        scorer.answer("0/2");
        assertThat(poll()).containsExactly("0@2");
    }

    @Test
    void thePositionOfTheStreamIsThatOfTheFirstRecordThatIsHeldBack() {
        start(4, P0);
        put(P0, 0, 1);
        assertThat(records().nextOffsets().get(P0).offset()).isZero();
        assertThat(gate.heldOffset(P0)).isZero();
        scorer.answer("0/0");

        ConsumerRecords<byte[], byte[]> first = records();
        assertThat(first.nextOffsets().get(P0).offset()).isEqualTo(1);
        assertThat(gate.heldOffset(P0)).isEqualTo(1);
        scorer.answer("0/1");
        assertThat(records().nextOffsets().get(P0).offset()).isEqualTo(2);
        assertThat(gate.heldOffset(P0)).isNull();
        assertThat(records().nextOffsets()).as("no news").isEmpty();
    }

    @Test
    void atMostTheRequestsOfTheScorerAreInFlightAndEachAnswerStartsTheNext() {
        start(3, P0);
        put(P0, 0, 1, 2, 3, 4, 5);

        poll();
        assertThat(scorer.open()).containsExactly("0/0", "0/1", "0/2");
        assertThat(ahead.inFlight()).isEqualTo(3);
        scorer.answer("0/1");
        assertThat(scorer.open()).containsExactly("0/0", "0/2", "0/3");
        scorer.answer("0/2");
        scorer.answer("0/3");
        scorer.answer("0/4");
        assertThat(scorer.open()).as("six ahead of the stream, twice three").containsExactly("0/0", "0/5");
    }

    @Test
    void aPartitionThatNobodyTakesRecordsFromLeavesTheOthersTheirShare() {
        start(4, P0, P1);
        put(P0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        poll(P0);
        put(P1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 20; i++) {
            scorer.answerAll();
            List<String> passed = poll(P0);
            passed.forEach(name -> take(P1, Long.parseLong(name.substring(2))));
            seen.addAll(passed);
        }

        assertThat(seen).hasSize(10).allMatch(name -> name.startsWith("1@"));
        assertThat(scorer.started().stream().filter(name -> name.startsWith("0/")))
                .as("the whole window while it was alone, and no more")
                .hasSizeLessThanOrEqualTo(8);
    }

    @Test
    void anEmptyPartitionLeavesItsShareToTheOthers() {
        start(4, P0, P1);
        put(P1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

        poll();

        assertThat(scorer.open()).hasSize(4);
    }

    @Test
    void theOldestBatchIsStartedFirstWhicheverPartitionItIsIn() {
        start(2, P0, P1);
        consumer.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
        for (int number = 0; number < 8; number++) {
            // Batch n is in partition n mod 2.
            ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                    "tokens",
                    number % 2,
                    number / 2,
                    new BatchKey("demo", 0, number).toString().getBytes(StandardCharsets.UTF_8),
                    new byte[0]);
            batches.put(record, batch(0, number));
            consumer.addRecord(record);
        }

        List<String> passed = new ArrayList<>();
        while (passed.size() < 8) {
            List<String> some = poll();
            some.forEach(name -> ahead.take(name.startsWith("0") ? P0 : P1, Long.parseLong(name.substring(2))));
            passed.addAll(some);
            scorer.open().stream().limit(1).forEach(scorer::answer);
        }

        assertThat(scorer.started()).containsExactly("0/0", "0/1", "0/2", "0/3", "0/4", "0/5", "0/6", "0/7");
        assertThat(passed).containsExactly("0@0", "1@0", "0@1", "1@1", "0@2", "1@2", "0@3", "1@3");
    }

    @Test
    void withOneRequestEveryPartitionProceeds() {
        start(1, P0, P1);
        put(P0, 0, 1, 2);
        put(P1, 0, 1, 2);

        List<String> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            List<String> passed = poll();
            assertThat(scorer.open()).hasSizeLessThanOrEqualTo(1);
            passed.forEach(name -> take(name.startsWith("0") ? P0 : P1, Long.parseLong(name.substring(2))));
            all.addAll(passed);
            scorer.answerAll();
        }

        assertThat(all).containsExactlyInAnyOrder("0@0", "0@1", "0@2", "1@0", "1@1", "1@2");
    }

    @Test
    void aRecordThatCannotBeScoredIsLeftToTheStreamInItsOrder() {
        start(4, P0);
        put(P0, 0);
        consumer.addRecord(
                new ConsumerRecord<>("tokens", 0, 1, "no/key".getBytes(StandardCharsets.UTF_8), new byte[1]));
        ConsumerRecord<byte[], byte[]> marker = record(P0, 2);
        batches.put(marker, TokenBatches.endMarker("demo", "0".repeat(64), 9, 1, 1));
        consumer.addRecord(marker);
        ConsumerRecord<byte[], byte[]> misplaced = record(P0, 3);
        batches.put(misplaced, batch(0, 77));
        consumer.addRecord(misplaced);

        assertThat(poll()).isEmpty();
        scorer.answer("0/0");
        assertThat(poll()).containsExactly("0@0", "0@1", "0@2", "0@3");
        assertThat(scorer.started()).containsExactly("0/0");
        assertThat(ahead.take(P0, 1).of(batch(0, 1))).isEmpty();
    }

    @Test
    void aFailurePassesWithItsRecord() {
        start(4, P0);
        put(P0, 0);
        poll();
        scorer.fail("0/0", new UnusableBatchException("too long"));

        assertThat(poll()).containsExactly("0@0");
        assertThatThrownBy(() -> loss(P0, 0, 0))
                .isInstanceOf(UnusableBatchException.class)
                .hasMessage("too long");
    }

    @Test
    void aRefusedRecordWaitsUntilAnotherOneWasScored() {
        start(2, P0, P1);
        put(P0, 0, 1);
        put(P1, 0);
        poll();
        scorer.fail("0/0", new CompletionException(new RefusedBatchException("too long")));
        assertThat(poll()).isEmpty();
        assertThat(ahead.hasScoredRowsFor(batch(0, 0))).isFalse();
        scorer.answer(scorer.open().get(0));

        assertThat(ahead.hasScoredRowsFor(batch(0, 0))).isTrue();
        assertThat(poll()).contains("0@0");
    }

    @Test
    void withOneRequestARefusedRecordWaitsForTheNextOne() {
        start(1, P0);
        put(P0, 0, 1);
        poll();
        scorer.fail("0/0", new RefusedBatchException("too long"));
        assertThat(poll()).isEmpty();
        scorer.answer("0/1");

        assertThat(poll()).containsExactly("0@0", "0@1");
    }

    @Test
    void refusedRecordsPassWhenNoneIsLeftToTry() {
        start(2, P0);
        put(P0, 0, 1, 2, 3, 4, 5);
        poll();
        for (int number = 0; number < 4; number++) {
            assertThat(poll()).isEmpty();
            scorer.fail("0/" + number, new RefusedBatchException("too long"));
        }

        assertThat(scorer.open()).as("the window is full").isEmpty();
        assertThat(poll()).hasSize(4);
        assertThat(ahead.hasScoredRowsFor(batch(0, 0))).isFalse();
    }

    @Test
    void theRestOfAShardSaysNothingOfTheRowsOfItsCorpus() {
        ScoredShapes shapes = new ScoredShapes();
        TokenBatch whole = batch(0, 0);
        TokenBatch rest = batch(0, 1);
        rest.setLength(1);
        shapes.add(rest);
        assertThat(shapes.fit(whole)).isFalse();
        assertThat(shapes.fit(rest)).isTrue();
        rest.setCorpus("other");
        shapes.add(rest);
        assertThat(shapes.fit(whole)).isTrue();
    }

    @Test
    void aPartitionThatIsTakenAwayLeavesNothingBehind() {
        start(2, P0, P1);
        put(P0, 0, 1, 2);
        poll();
        gate.drop(List.of(P0));

        assertThat(scorer.isCancelled("0/0")).isTrue();
        assertThat(scorer.isCancelled("0/1")).isTrue();
        assertThat(ahead.inFlight()).isZero();
        assertThat(poll()).isEmpty();
        // It comes back after another instance has taught what was held.
        put(P0, 3);
        poll();
        scorer.answer("0/3");
        assertThat(poll()).containsExactly("0@3");
    }

    @Test
    void aResultIsOnlyUsedForItsOwnRecord() {
        start(2, P0);
        put(P0, 0, 1);
        poll();
        scorer.answerAll();
        poll();

        ScoredRecord result = ahead.take(P0, 0);
        assertThat(result.of(batch(0, 1))).as("another batch at this offset").isEmpty();
        assertThat(result.of(batch(0, 0))).isPresent();
        assertThat(ahead.take(P0, 0).of(batch(0, 0))).as("taken before").isEmpty();
        assertThat(ahead.take(P1, 1).of(batch(0, 1))).as("another partition").isEmpty();
        assertThat(ahead.take(P0, 1).of(batch(0, 1))).isPresent();
    }

    @Test
    void theStreamGetsNothingOfAPausedPartition() {
        start(2, P0, P1);
        put(P0, 0);
        put(P1, 0);
        poll();
        scorer.answerAll();

        assertThat(poll(P0)).containsExactly("1@0");
        assertThat(poll()).containsExactly("0@0");
    }

    @Test
    void readingStopsWhenEnoughIsHeld() {
        start(2, P0);
        put(P0, 0, 1, 2, 3, 4, 5, 6);
        assertThat(gate.full()).isEmpty();
        put(P0, 7);
        poll();
        assertThat(gate.full()).containsExactly(P0);
        scorer.answer("0/0");
        poll();
        assertThat(gate.full()).isEmpty();
    }

    @Test
    void closingGivesUpAllWork() {
        start(2, P0);
        put(P0, 0, 1, 2);
        poll();

        ahead.close();

        assertThat(scorer.open()).isEmpty();
        assertThat(scorer.started()).containsExactly("0/0", "0/1");
    }

    @Test
    void nothingIsStartedForAPartitionThatIsDroppedTogetherWithAnother() {
        start(1, P0, P1);
        put(P0, 0, 1);
        put(P1, 0, 1);
        poll();

        gate.dropAll();

        assertThat(scorer.started()).hasSize(1);
        assertThat(scorer.open()).isEmpty();
    }

    @Test
    void aStreamThatIsAboutToCloseStartsNothing() {
        start(1, P0);
        put(P0, 0, 1);
        poll();

        ahead.stopStarting();
        scorer.answer("0/0");
        poll();

        assertThat(scorer.started()).containsExactly("0/0");
    }

    private void start(int requests, TopicPartition... partitions) {
        scorer = new HeldBackScorer(requests);
        ahead = new LookAhead(scorer);
        gate = new RecordGate(ahead, record -> {
            if (!batches.containsKey(record)) {
                throw new IllegalArgumentException("cannot be decoded");
            }
            return batches.get(record);
        });
        consumer.assign(List.of(partitions));
        Map<TopicPartition, Long> begins = new HashMap<>();
        List.of(partitions).forEach(each -> begins.put(each, 0L));
        consumer.updateBeginningOffsets(begins);
    }

    private void put(TopicPartition partition, int... numbers) {
        for (int number : numbers) {
            ConsumerRecord<byte[], byte[]> record = record(partition, number);
            batches.put(record, batch(partition.partition(), number));
            consumer.addRecord(record);
        }
        if (gate.full().isEmpty()) {
            poll(P0, P1);
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, int number) {
        return new ConsumerRecord<>(
                "tokens",
                partition.partition(),
                number,
                new BatchKey("demo", partition.partition(), number).toString().getBytes(StandardCharsets.UTF_8),
                new byte[0]);
    }

    private static TokenBatch batch(int partition, int number) {
        return new TokenBatch(
                "demo",
                partition,
                number,
                1,
                2,
                TokenBatches.bytes(new int[] {number % 9, 1}),
                "0".repeat(64),
                9,
                null,
                null);
    }

    private ConsumerRecords<byte[], byte[]> records(TopicPartition... paused) {
        return gate.poll(Duration.ZERO, consumer::poll, List.of(paused), () -> true);
    }

    private List<String> poll(TopicPartition... paused) {
        List<String> names = new ArrayList<>();
        records(paused).forEach(record -> names.add(record.partition() + "@" + record.offset()));
        return names;
    }

    private double loss(TopicPartition partition, long offset, int number) {
        return ScoredBatch.await(ahead.take(partition, offset)
                        .of(batch(partition.partition(), number))
                        .orElseThrow())
                .textLoss();
    }

    private void take(TopicPartition partition, long offset) {
        assertThat(ahead.take(partition, offset).of(batch(partition.partition(), (int) offset)))
                .isPresent();
    }
}
