package io.logitstream.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class PassLimitTest {
    private final AtomicInteger most = new AtomicInteger(2);
    private final PassLimit limit = new PassLimit(most::get);

    @Test
    void noMorePassesRunAtATimeThanTheLimit() throws InterruptedException {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger highest = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(start(() -> {
                for (int pass = 0; pass < 200; pass++) {
                    limit.enter();
                    highest.accumulateAndGet(running.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(10_000);
                    running.decrementAndGet();
                    limit.leave();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(highest.get()).isEqualTo(2);
    }

    @Test
    void aTeacherThatNeedsMoreMemoryWaitsForThePassesOfTheOneBefore() throws InterruptedException {
        limit.enter();
        limit.enter();
        most.set(1);
        Thread next = start(limit::enter);

        limit.leave();
        next.join(100);
        assertThat(next.isAlive()).isTrue();

        limit.leave();
        next.join(10_000);
        assertThat(next.isAlive()).isFalse();
    }

    @Test
    void anInterruptedThreadWaitsAndStaysInterrupted() throws InterruptedException {
        most.set(1);
        limit.enter();
        AtomicInteger interrupted = new AtomicInteger();
        Thread next = start(() -> {
            limit.enter();
            interrupted.set(Thread.currentThread().isInterrupted() ? 1 : -1);
        });
        next.interrupt();
        next.join(100);
        assertThat(next.isAlive()).isTrue();

        limit.leave();
        next.join(10_000);
        assertThat(interrupted.get()).isEqualTo(1);
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        return thread;
    }
}
