package io.logitstream.model.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OperationThreadsTest {
    private final ExecutorService stage = Executors.newSingleThreadExecutor();
    private final ExecutorService neighbour = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        stage.shutdown();
        neighbour.shutdown();
    }

    @Test
    void theNumberBelongsToTheThreadThatSetsIt() throws Exception {
        stage.submit(() -> Torch.start(3)).get();
        neighbour.submit(() -> Torch.start(2)).get();

        assertThat(stage.submit(OperationThreadsTest::current).get()).isEqualTo(3);
        assertThat(neighbour.submit(OperationThreadsTest::current).get()).isEqualTo(2);
    }

    @Test
    void aThreadOfAStageHasTheStagesNumberWhateverWasSetLast() throws Exception {
        OperationThreads ofStage = stage.submit(() -> {
                    Torch.start(3);
                    return OperationThreads.current();
                })
                .get();
        neighbour.submit(() -> Torch.start(2)).get();
        ExecutorService later = Executors.newSingleThreadExecutor();

        assertThat(later.submit(() -> {
                            ofStage.adopt();
                            return current();
                        })
                        .get())
                .isEqualTo(3);
        later.shutdown();
    }

    @Test
    void workersShareTheNumberOfTheirCaller() throws Exception {
        CountDownLatch together = new CountDownLatch(2);
        Callable<Integer> threads = () -> {
            together.countDown();
            together.await();
            return current();
        };

        Callable<List<Integer>> split = () -> {
            Torch.start(4);
            ExecutorService workers = OperationThreads.current().split(2, "worker");
            List<Future<Integer>> each = workers.invokeAll(List.of(threads, threads));
            workers.shutdown();
            return List.of(each.get(0).get(), each.get(1).get(), current());
        };

        assertThat(stage.submit(split).get()).containsExactly(2, 2, 4);
    }

    private static int current() {
        return OperationThreads.current().count();
    }
}
