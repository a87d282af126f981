package io.logitstream.student.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.libtorch.OperationThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchesInOrderTest {
    private final OperationThreads before = OperationThreads.current();

    @AfterEach
    void restore() {
        before.adopt();
    }

    @Test
    void batchesAtATimeShareTheOperationThreadsOfTheCaller() {
        OperationThreads.of(4).adopt();

        assertThat(counts(2, 2)).containsExactly(2, 2);
        assertThat(OperationThreads.current().count()).isEqualTo(4);
    }

    @Test
    void thereAreNoMoreBatchesAtATimeThanOperationThreads() {
        OperationThreads.of(1).adopt();

        assertThat(counts(2, 1)).containsExactly(1, 1);
    }

    /**
     * Operation threads of two batches.
     *
     * @param together number of batches that have to run at the same time
     */
    private static List<Integer> counts(int maxConcurrent, int together) {
        CyclicBarrier barrier = new CyclicBarrier(together);
        List<Integer> counts = new ArrayList<>();
        try (BatchesInOrder<Integer> batches =
                new BatchesInOrder<>(maxConcurrent, (batch, count) -> counts.add(count))) {
            for (int i = 0; i < 2; i++) {
                batches.submit(null, () -> {
                    barrier.await();
                    return OperationThreads.current().count();
                });
            }
            batches.finish();
        }
        return counts;
    }
}
