package io.logitstream.producers.topic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchPartitionerTest {
    @Test
    void partitionsTakeTurns() {
        assertThat(BatchPartitioner.partition(0, 4)).isZero();
        assertThat(BatchPartitioner.partition(3, 4)).isEqualTo(3);
        assertThat(BatchPartitioner.partition(9, 4)).isEqualTo(1);
        assertThat(BatchPartitioner.partition((1L << 33) + 2, 4)).isEqualTo(2);
    }

    @Test
    void theLastBatchOfAPartitionFollowsFromTheLastBatchOfTheTopic() {
        assertThat(BatchPartitioner.lastNumber(1, 9, 4)).isEqualTo(9);
        assertThat(BatchPartitioner.lastNumber(2, 9, 4)).isEqualTo(6);
        assertThat(BatchPartitioner.lastNumber(2, 1, 4)).isEqualTo(-1);
        assertThat(BatchPartitioner.lastNumber(0, -1, 4)).isEqualTo(-1);
    }
}
