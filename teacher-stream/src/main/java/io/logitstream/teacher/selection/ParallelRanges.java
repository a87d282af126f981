package io.logitstream.teacher.selection;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Divides a range of positions among threads, including the calling one. Thread-safe. */
final class ParallelRanges implements AutoCloseable {
    /** Processes the part [from, to) of a range. */
    @FunctionalInterface
    interface Work<T> {
        T apply(int from, int to);
    }

    private final int threads;
    private final int smallest;
    private final ExecutorService workers;

    /**
     * @param threads maximum number of threads for one range, at least 1
     * @param smallest minimum number of elements for an additional thread
     */
    ParallelRanges(int threads, int smallest) {
        this.threads = threads;
        this.smallest = smallest;
        this.workers = threads == 1
                ? null
                : Executors.newFixedThreadPool(threads - 1, task -> {
                    Thread thread = new Thread(task, "logits-selection");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Returns the results of all parts in order. An error of one part is thrown after all parts have ended. */
    <T> List<T> map(int size, Work<T> work) {
        int parts = Math.max(1, Math.min(threads, size / smallest));
        List<Future<T>> others = new ArrayList<>();
        for (int part = 1; part < parts; part++) {
            int from = bound(size, part, parts);
            int to = bound(size, part + 1, parts);
            others.add(workers.submit(() -> work.apply(from, to)));
        }
        List<T> results = new ArrayList<>();
        RuntimeException failure = null;
        try {
            results.add(work.apply(0, bound(size, 1, parts)));
        } catch (RuntimeException e) {
            failure = e;
        }
        for (Future<T> other : others) {
            try {
                results.add(other.get());
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IllegalStateException("interrupted while logits were selected", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    private static int bound(int size, int part, int parts) {
        return (int) ((long) size * part / parts);
    }

    @Override
    public void close() {
        if (workers != null) {
            workers.shutdownNow();
        }
    }
}
