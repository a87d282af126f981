package io.logitstream.model.libtorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.messages.ModelException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The PyTorch engine of this process, offline. It starts at the first use. */
public final class Torch {
    // Initialised once, by the first thread that needs the engine. Keeps a failure as well: the virtual machine tells
    // only
    // the first thread why a class could not be initialised.
    private static final class Started {
        private static final CompletableFuture<Engine> ENGINE = new CompletableFuture<>();

        static {
            try {
                ENGINE.complete(startEngine());
            } catch (RuntimeException | Error e) {
                ENGINE.completeExceptionally(e);
            }
        }

        private static Engine startEngine() {
            System.setProperty("ai.djl.offline", "true");
            System.setProperty("ai.djl.default_engine", "PyTorch");
            System.setProperty("OPT_OUT_TRACKING", "true");
            System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
            System.setProperty(
                    "ai.djl.pytorch.num_threads",
                    Integer.toString(Runtime.getRuntime().availableProcessors()));
            return Engine.getInstance();
        }
    }

    private Torch() {}

    /**
     * Starts the engine if necessary and sets the number of threads within one operation for the calling thread. Runs that
     * are to agree bit for bit use the same number.
     *
     * @param threads threads within one operation, at least 1; see {@link OperationThreads} for other threads
     * @throws ModelException if the native libraries cannot be unpacked or loaded
     */
    public static void start(int threads) {
        OperationThreads.of(threads).adopt();
    }

    /**
     * Starts the engine on another thread, while the caller does other work. A failure is reported to the first thread that
     * needs the engine.
     *
     * @return a future that completes when the engine has started or cannot be started; the process must not exit before
     *     that, because exiting while libraries are being loaded can crash it
     */
    public static CompletableFuture<Void> startAhead() {
        CompletableFuture<Void> started = new CompletableFuture<>();
        // A thread of its own, which has the caller's class loader: DJL finds its engine by that.
        Thread thread = new Thread(
                () -> {
                    try {
                        start();
                    } catch (RuntimeException | Error e) {
                        // Kept for the first thread that needs the engine.
                    } finally {
                        started.complete(null);
                    }
                },
                "libtorch");
        thread.setDaemon(true);
        thread.start();
        return started;
    }

    /** Starts the engine if necessary; threads without a number of their own use all cores within one operation. */
    static Engine start() {
        try {
            return Started.ENGINE.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof VirtualMachineError error) {
                throw error;
            }
            throw NativeLibraries.unusable("PyTorch", e.getCause());
        }
    }

    /**
     * A memory scope that owns the tensors created in it until it is closed.
     *
     * @param device {@code cpu} or {@code cuda:N}
     * @return a new scope on that device; the caller closes it
     * @throws ModelException if there is no such device
     */
    public static NDManager newScope(String device) {
        Engine engine = start();
        return NDManager.newBaseManager(device(engine, device));
    }

    /** Turns recording for the backward pass on or off for the calling thread. */
    public static void recordGradients(boolean on) {
        start();
        JniUtils.setGradMode(on);
    }

    /**
     * Runs some work under libtorch's profiler, which records the operations of the calling thread and of the backward
     * passes that it starts.
     *
     * @param trace receives the operations as a JSON list of objects with name, thread, and beginning and duration in
     *     microseconds ({@code name}, {@code tid}, {@code ts}, {@code dur})
     */
    public static void profile(Path trace, Runnable work) {
        start();
        JniUtils.startProfile(false, false, false);
        try {
            work.run();
        } finally {
            JniUtils.stopProfile(trace.toString());
        }
    }

    private static Device device(Engine engine, String name) {
        if (name.equals("cpu")) {
            return Device.cpu();
        }
        if (!name.matches("cuda(:\\d+)?")) {
            throw new ModelException("device '" + name + "' is neither cpu nor cuda:N");
        }
        int index = name.length() == 4 ? 0 : Integer.parseInt(name.substring(5));
        int present = engine.getGpuCount();
        if (index >= present) {
            throw new ModelException("device " + name + " is not available: PyTorch sees " + present
                    + " CUDA devices; use device cpu, or set PYTORCH_LIBRARY_PATH to a CUDA build of libtorch 2.7.1 and"
                    + " PYTORCH_FLAVOR to cu128");
        }
        return Device.gpu(index);
    }
}
