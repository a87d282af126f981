package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.BatchKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.junit.jupiter.api.Test;

/** The order in which records pass the gate, and the batches that are scored ahead of them. */
class RecordGateTest extends GateFixture {
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
}
