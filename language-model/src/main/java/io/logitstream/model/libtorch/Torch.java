package io.logitstream.model.libtorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.messages.ModelException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;

/** The PyTorch engine of this process: started once, offline, with a fixed number of threads. */
public final class Torch {
    private static boolean started;

    private Torch() {}

    /**
     * Starts the engine. Results depend on the number of threads in the last bits (the order of sums), so runs
     * that are to agree bit for bit use the same number.
     *
     * @param threads threads within one operation, for each thread that calls; at least 1
     */
    public static synchronized void start(int threads) {
        if (!started) {
            System.setProperty("ai.djl.offline", "true");
            System.setProperty("ai.djl.default_engine", "PyTorch");
            System.setProperty("OPT_OUT_TRACKING", "true");
            System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
            System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
            try {
                Engine.getInstance();
            } catch (RuntimeException | LinkageError e) {
                throw NativeLibraries.unusable("PyTorch", e);
            }
            started = true;
        } else if (JniUtils.getNumThreads() != threads) {
            JniUtils.setNumThreads(threads);
        }
    }

    /**
     * A memory scope that owns what is created in it until it is closed.
     *
     * @param device {@code cpu} or {@code cuda:N}
     * @return a new scope on that device
     */
    public static NDManager newScope(String device) {
        startWithDefaults();
        return NDManager.newBaseManager(device(device));
    }

    /** Turns recording for the backward pass on or off for the calling thread. */
    public static void recordGradients(boolean on) {
        startWithDefaults();
        JniUtils.setGradMode(on);
    }

    /** Threads within one operation, for an operation of the calling thread. */
    public static int threads() {
        startWithDefaults();
        return JniUtils.getNumThreads();
    }

    /**
     * Threads among which the calling thread can deal out work that needs its cores: they have its number of threads
     * together, so that operations side by side do not wait for each other's slowest part.
     *
     * @param count how many, at most {@link #threads()}
     * @return daemon threads, to be shut down by the caller
     */
    public static synchronized ExecutorService workers(int count) {
        int threads = threads();
        List<CompletableFuture<Void>> ready = Stream.generate(() -> new CompletableFuture<Void>())
                .limit(count)
                .toList();
        Iterator<CompletableFuture<Void>> next = ready.iterator();
        ExecutorService workers = Executors.newFixedThreadPool(count, task -> {
            CompletableFuture<Void> own = next.next();
            Thread thread = new Thread(
                    () -> {
                        JniUtils.setNumThreads(Math.max(1, threads / count));
                        // A thread's first operation, which this counts as, takes what was set last by any thread.
                        JniUtils.getNumThreads();
                        own.complete(null);
                        task.run();
                    },
                    "head");
            thread.setDaemon(true);
            return thread;
        });
        ((ThreadPoolExecutor) workers).prestartAllCoreThreads();
        ready.forEach(CompletableFuture::join);
        // Threads that begin later are to have it too.
        JniUtils.setNumThreads(threads);
        return workers;
    }

    private static synchronized void startWithDefaults() {
        if (!started) {
            start(Runtime.getRuntime().availableProcessors());
        }
    }

    private static Device device(String name) {
        if (name.equals("cpu")) {
            return Device.cpu();
        }
        if (!name.matches("cuda(:\\d+)?")) {
            throw new ModelException("device '" + name + "' is neither cpu nor cuda:N");
        }
        int index = name.length() == 4 ? 0 : Integer.parseInt(name.substring(5));
        int present = Engine.getInstance().getGpuCount();
        if (index >= present) {
            throw new ModelException("device " + name + " asked for, but PyTorch sees " + present
                    + " CUDA devices; use device cpu, or put a CUDA build of libtorch 2.7.1 on PYTORCH_LIBRARY_PATH");
        }
        return Device.gpu(index);
    }
}
