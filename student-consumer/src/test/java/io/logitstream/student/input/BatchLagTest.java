package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class BatchLagTest {
    private static final TopicPartition ONE = new TopicPartition("logits", 0);
    private static final TopicPartition TWO = new TopicPartition("logits", 1);

    @Test
    void markersOfTransactionsAreNoLag() {
        BatchLag lag = new BatchLag();
        lag.seek(ONE, 100);
        lag.seek(TWO, 0);
        for (int batch = 0; batch < 20; batch++) {
            lag.fetched();
        }

        // 20 batches in 20 transactions: every second offset is a marker.
        assertThat(lag.batches(partition -> partition.equals(ONE) ? 120 : 20, partition -> 30))
                .isEqualTo(30);
    }

    @Test
    void withoutMarkersEveryOffsetIsABatchAndBeforeTheFirstFetchEveryOffsetMayBeOne() {
        BatchLag lag = new BatchLag();
        lag.seek(ONE, 7);
        assertThat(lag.batches(partition -> 7, partition -> 5)).isEqualTo(5);
        lag.fetched();
        assertThat(lag.batches(partition -> 8, partition -> 4)).isEqualTo(4);

        lag.seek(ONE, 0);
        assertThat(lag.batches(partition -> 0, partition -> 12))
                .as("after the next pass has begun")
                .isEqualTo(12);
    }

    @Test
    void endMarkersBehindTheLastBatchAreNoLag() {
        assertThat(BatchLag.within(5, 0, 2048)).isZero();
        assertThat(BatchLag.within(5, -100, 2048)).isZero();
        assertThat(BatchLag.within(9, 2049, 2048)).isEqualTo(2);
        assertThat(BatchLag.within(9, 1_000_000, 2048)).isEqualTo(9);
        assertThat(BatchLag.within(9, 1_000_000, 0)).isEqualTo(9);
    }
}
