package io.logitstream.model.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TorchTest {
    @Test
    void workersShareTheThreadsOfTheirCaller() throws Exception {
        Torch.start(4);
        try {
            CountDownLatch together = new CountDownLatch(2);
            Callable<Integer> threads = () -> {
                together.countDown();
                together.await();
                return Torch.threads();
            };
            ExecutorService workers = Torch.workers(2);
            for (Future<Integer> each : workers.invokeAll(List.of(threads, threads))) {
                assertThat(each.get()).isEqualTo(2);
            }
            workers.shutdown();

            assertThat(Torch.threads()).isEqualTo(4);
            ExecutorService later = Executors.newSingleThreadExecutor();
            assertThat(later.submit(Torch::threads).get()).isEqualTo(4);
            later.shutdown();
        } finally {
            Torch.start(Runtime.getRuntime().availableProcessors());
        }
    }
}
