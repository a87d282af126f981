package io.logitstream.pipeline.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ParallelStagesTest {
    @Test
    @Timeout(20)
    void aStageIsAwaitedWhileOthersRun() {
        CountDownLatch looked = new CountDownLatch(2);
        AtomicInteger looks = new AtomicInteger();
        try (ParallelStages stages = new ParallelStages()) {
            Future<String> stage = stages.start("stage", () -> {
                looked.await();
                return "done";
            });

            String result = stages.await(stage, () -> {
                looks.incrementAndGet();
                looked.countDown();
            });

            assertThat(result).isEqualTo("done");
            assertThat(looks).hasValueGreaterThanOrEqualTo(2);
        }
    }

    @Test
    @Timeout(20)
    void theFailureOfAStageEndsTheWaitForIt() {
        try (ParallelStages stages = new ParallelStages()) {
            Future<?> stage = stages.start("stage", () -> {
                throw new LogitstreamException("the disk is full");
            });

            assertThatThrownBy(() -> stages.await(stage, () -> {})).hasMessage("the disk is full");
        }
    }

    @Test
    @Timeout(20)
    void workAsideIsWaitedForAtTheEndAlone() {
        CountDownLatch stageOver = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        try (ParallelStages stages = new ParallelStages()) {
            stages.startAside("aside", () -> {
                try {
                    stageOver.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
                done.incrementAndGet();
            });

            assertThat(stages.await(stages.start("stage", () -> "done"), () -> {}))
                    .isEqualTo("done");
            assertThat(done).hasValue(0);
            stageOver.countDown();
        }
        assertThat(done).hasValue(1);
    }

    @Test
    @Timeout(20)
    void theFailureOfAnotherStageEndsTheWait() {
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (ParallelStages stages = new ParallelStages()) {
            Future<?> endless = stages.start("endless", () -> {
                end.await();
                return null;
            });
            Future<?> failing = stages.start("failing", () -> {
                failed.await();
                throw new LogitstreamException("the disk is full");
            });

            assertThatThrownBy(() -> stages.await(endless, failed::countDown)).hasMessage("the disk is full");
            assertThat(failing.isDone()).isTrue();
            end.countDown();
        }
    }
}
