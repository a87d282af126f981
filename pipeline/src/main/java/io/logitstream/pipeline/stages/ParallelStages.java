package io.logitstream.pipeline.stages;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Threads of stages that run side by side. The first stage to fail ends the others. */
public final class ParallelStages implements AutoCloseable {
    private static final long LOOK_MS = 200;

    /** End of a stage because another stage has failed. Never shown to the user, who reads the failure of the other. */
    public static final class CancelledException extends RuntimeException {
        CancelledException() {
            super("stopped because another stage has failed");
        }
    }

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> started = new ArrayList<>();
    private final List<Future<?>> students = new ArrayList<>();
    private final List<Runnable> watched = new ArrayList<>();
    private volatile boolean stopped;

    /**
     * Starts a stage on a thread of its own.
     *
     * @param name name of the thread
     */
    public <T> Future<T> start(String name, Callable<T> stage) {
        Future<T> future = submit(name, stage);
        started.add(future);
        return future;
    }

    /** Starts work that no stage waits for, only {@link #close}. Its failure fails the stages too. */
    public void startAside(String name, Runnable work) {
        started.add(submit(name, Executors.callable(work)));
    }

    private <T> Future<T> submit(String name, Callable<T> stage) {
        return threads.submit(() -> {
            Thread.currentThread().setName(name);
            return stage.call();
        });
    }

    /** Starts a stage that writes a checkpoint when the command is stopped; {@link #close} waits for the checkpoint. */
    public <T> Future<T> startStudent(String name, Callable<T> stage) {
        Future<T> future = start(name, stage);
        students.add(future);
        return future;
    }

    /** Adds a check that throws if something outside the stages has failed. */
    public void watch(Runnable healthy) {
        watched.add(healthy);
    }

    /**
     * Waits for a stage, and returns as soon as it has ended. Fails as soon as any stage has failed.
     *
     * @param waiting called every 200 ms
     */
    public <T> T await(Future<T> stage, Runnable waiting) {
        awaitUntil(stage::isDone, waiting, () -> {
            try {
                stage.get(LOOK_MS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // Told below, and by the checks of all stages.
            }
        });
        return result(stage);
    }

    /**
     * Waits for a condition. Fails as soon as any stage has failed.
     *
     * @param waiting called every 200 ms
     */
    public void awaitUntil(BooleanSupplier condition, Runnable waiting) {
        awaitUntil(condition, waiting, () -> TimeUnit.MILLISECONDS.sleep(LOOK_MS));
    }

    private interface Pause {
        void run() throws InterruptedException;
    }

    private void awaitUntil(BooleanSupplier condition, Runnable waiting, Pause pause) {
        while (!condition.getAsBoolean()) {
            requireHealthy();
            waiting.run();
            try {
                pause.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LogitstreamException("interrupted", e);
            }
        }
        requireHealthy();
    }

    private void requireHealthy() {
        StopSignal.requireRunning();
        watched.forEach(Runnable::run);
        for (Future<?> future : started) {
            if (future.isDone()) {
                result(future);
            }
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get(0, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new LogitstreamException("a stage has failed: " + FailureText.of(e), e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A listener that ends a training when another stage has failed. */
    public TrainingListener stoppable(TrainingProgress progress) {
        return new TrainingListener() {
            @Override
            public void onStart(long tokens, long budget, long parameters) {
                progress.onStart(tokens, budget, parameters);
            }

            @Override
            public void onStep(StepMetrics metrics, long lag) {
                requireRunning();
                progress.onStep(metrics, lag);
            }

            @Override
            public void onWaiting() {
                requireRunning();
                progress.onWaiting();
            }
        };
    }

    private void requireRunning() {
        // After a signal, the student ends by itself with a checkpoint.
        if (stopped && !StopSignal.requested()) {
            throw new CancelledException();
        }
    }

    // Has no time limit: if the process is killed meanwhile, the checkpoint before is complete.
    private void awaitCheckpoints() throws InterruptedException {
        for (Future<?> student : students) {
            try {
                student.get();
            } catch (ExecutionException e) {
                // A student that failed has ended as well.
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
        try {
            if (StopSignal.requested()) {
                awaitCheckpoints();
            }
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                threads.shutdownNow();
                threads.awaitTermination(10, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
