package io.logitstream.producers.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.Test;

/** Which open transactions nobody is at work on any more. */
class HangingTransactionsTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final long LONGEST = Duration.ofMinutes(15).toMillis();

    @Test
    void aTransactionIsStaleOnceNoneMayLastSoLong() {
        assertThat(HangingTransactions.isStale(state(5, 0, NOW - 2_000), NOW, LONGEST))
                .isFalse();
        assertThat(HangingTransactions.isStale(state(5, 0, NOW - LONGEST), NOW, LONGEST))
                .isFalse();
        assertThat(HangingTransactions.isStale(state(5, 0, NOW - LONGEST - 1), NOW, LONGEST))
                .isTrue();
        assertThat(HangingTransactions.isStale(state(5, 0, NOW + 5_000), NOW, LONGEST))
                .isFalse();
    }

    @Test
    void aTransactionOfAnEarlierEpochOfTheSameProducerIsOwn() {
        assertThat(HangingTransactions.isOwn(state(5, 3, NOW), own(5, 4))).isTrue();
        assertThat(HangingTransactions.isOwn(state(5, 4, NOW), own(5, 4)))
                .as("its own, at work")
                .isFalse();
        assertThat(HangingTransactions.isOwn(state(6, 3, NOW), own(5, 4)))
                .as("of another")
                .isFalse();
    }

    private static ProducerState state(long id, int epoch, long time) {
        return new ProducerState(id, epoch, 0, time, OptionalInt.of(0), OptionalLong.of(10));
    }

    private static TransactionDescription own(long id, int epoch) {
        return new TransactionDescription(0, TransactionState.EMPTY, id, epoch, 60_000, OptionalLong.empty(), Set.of());
    }
}
