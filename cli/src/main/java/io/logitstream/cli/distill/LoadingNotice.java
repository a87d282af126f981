package io.logitstream.cli.distill;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.pipeline.stages.InputPath;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A line about a large teacher that takes long to load, because nothing else is printed meanwhile. */
final class LoadingNotice {
    /** Bytes of weights from which on a teacher is large. A small one is loaded, or refused, without a line. */
    private static final double LARGE = 1e9;

    private static final long SECONDS = 5;

    private final Executor later;
    private final Consumer<String> printer;
    private boolean loading;

    /**
     * @param later runs a task when the loading takes long
     * @param printer receives the line, on the thread of that task
     */
    LoadingNotice(Executor later, Consumer<String> printer) {
        this.later = later;
        this.printer = printer;
    }

    /** A notice after 5 seconds. */
    LoadingNotice(Consumer<String> printer) {
        this(CompletableFuture.delayedExecutor(SECONDS, TimeUnit.SECONDS), printer);
    }

    /**
     * Loads a teacher.
     *
     * @param teacher its Hugging Face folder or TorchScript file, as the user wrote it
     * @param load loads it, or refuses it
     * @return what {@code load} returns
     */
    <T> T during(String teacher, Supplier<T> load) {
        setLoading(true);
        later.execute(() -> announce(teacher));
        try {
            return load.get();
        } finally {
            setLoading(false);
        }
    }

    // Waits for a line that is being printed, so that none comes after a refusal.
    private synchronized void setLoading(boolean now) {
        loading = now;
    }

    private synchronized void announce(String teacher) {
        if (!loading) {
            return;
        }
        long bytes;
        try {
            bytes = ModelWeights.bytes(InputPath.require("teacher", teacher));
        } catch (LogitstreamException e) {
            // The thread that loads the weights reports what is wrong with them.
            return;
        }
        if (bytes >= LARGE) {
            printer.accept(String.format("loading the teacher %s (%.1f GB)", teacher, bytes / 1e9));
        }
    }
}
