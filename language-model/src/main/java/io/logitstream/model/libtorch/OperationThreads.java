package io.logitstream.model.libtorch;

import ai.djl.pytorch.jni.JniUtils;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;

/**
 * The number of threads that libtorch uses within one tensor operation. Results depend on it in the last bits, because it
 * decides the order of sums.
 *
 * <p>libtorch keeps the number by thread; a thread without one takes, at its first operation, the number that any thread
 * set last. A stage therefore sets the number on its own thread with {@link Torch#start}, and every other thread that
 * computes for the stage {@linkplain #adopt adopts} it. Stages with different numbers can then run side by side in one
 * process. Only this class sets the number.
 */
public final class OperationThreads {
    private final int count;

    private OperationThreads(int count) {
        this.count = count;
    }

    /**
     * A number of threads.
     *
     * @param count threads within one operation of each thread that adopts it, at least 1
     */
    public static OperationThreads of(int count) {
        return new OperationThreads(count);
    }

    /** The number of the calling thread. */
    public static OperationThreads current() {
        Torch.start();
        return new OperationThreads(JniUtils.getNumThreads());
    }

    /** Threads within one operation. */
    public int count() {
        return count;
    }

    /** Sets the number for the calling thread. Costs one native call where the thread has the number already. */
    public void adopt() {
        Torch.start();
        synchronized (OperationThreads.class) {
            if (JniUtils.getNumThreads() != count) {
                JniUtils.setNumThreads(count);
            }
        }
    }

    /**
     * Worker threads for operations that run side by side. Each has its part of this number, so that together they use as
     * many cores as one operation of the calling thread, whose number this has to be.
     *
     * @param workers number of worker threads, at most {@link #count}
     * @param name name of the threads
     * @return daemon threads, already started; the caller shuts them down
     */
    public ExecutorService split(int workers, String name) {
        OperationThreads part = new OperationThreads(Math.max(1, count / workers));
        List<CompletableFuture<Void>> ready = Stream.generate(() -> new CompletableFuture<Void>())
                .limit(workers)
                .toList();
        Iterator<CompletableFuture<Void>> next = ready.iterator();
        ExecutorService executor = Executors.newFixedThreadPool(workers, task -> {
            CompletableFuture<Void> own = next.next();
            Thread thread = new Thread(
                    () -> {
                        part.adopt();
                        own.complete(null);
                        task.run();
                    },
                    name);
            thread.setDaemon(true);
            return thread;
        });
        ((ThreadPoolExecutor) executor).prestartAllCoreThreads();
        ready.forEach(CompletableFuture::join);
        // Without this, a thread that never adopts a number would take the part of a worker.
        JniUtils.setNumThreads(count);
        return executor;
    }
}
