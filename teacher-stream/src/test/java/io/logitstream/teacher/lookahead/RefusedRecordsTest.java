package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.teacher.model.RefusedBatchException;
import io.logitstream.teacher.model.UnusableBatchException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** Records that the teacher refuses or cannot score, at the gate. */
class RefusedRecordsTest extends GateFixture {
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
}
