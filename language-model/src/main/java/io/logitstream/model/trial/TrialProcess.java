package io.logitstream.model.trial;

import io.logitstream.messages.FailureText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** A child process that tries something: this JVM's binary and class path, a given main class, and a time limit. */
public final class TrialProcess {
    /** System property of the child process: its time limit in seconds. */
    static final String INSIDE = "logitstream.trial";

    private static final int GRACE_SECONDS = 5;
    private static final int MAX_OUTPUT_BYTES = 64 * 1024;
    private static final long MAX_HEAP_BYTES = 1L << 30;
    static final Set<String> JVM_OPTIONS = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");
    /** System properties that native libraries are found and unpacked by. */
    private static final Pattern PASSED_ON = Pattern.compile(
            "java\\.io\\.tmpdir|java\\.library\\.path|user\\.home|ENGINE_CACHE_DIR|(ai\\.djl\\.|DJL_|PYTORCH_|RUST_|TOKENIZERS_).*");

    private TrialProcess() {}

    /** Whether this process is the child process of a trial. */
    public static boolean isInside() {
        return System.getProperty(INSIDE) != null;
    }

    /**
     * Runs a trial and waits for its end.
     *
     * @param main class whose main method calls {@link TrialMain#run}
     * @param limit time limit; the child process is killed 5 s after it
     * @param arguments arguments of the main method
     * @return the outcome; {@link TrialOutcome.Kind#UNTRIED} if no process can be started
     */
    public static TrialOutcome run(Class<?> main, Duration limit, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options(System.getProperties(), Runtime.getRuntime().maxMemory()));
        command.addAll(List.of(
                "-D" + INSIDE + "=" + limit.toSeconds(), "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return run(limit, command);
    }

    static TrialOutcome run(Duration limit, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // An agent or a debugger's port that this JVM was started with can fail in a second JVM.
        builder.environment().keySet().removeAll(JVM_OPTIONS);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return TrialOutcome.notStarted(e);
        }
        AtomicBoolean overdue = new AtomicBoolean();
        // TrialMain ends the process at the limit; this is for a process in which even that hangs.
        CompletableFuture.delayedExecutor(limit.toSeconds() + GRACE_SECONDS, TimeUnit.SECONDS)
                .execute(() -> {
                    overdue.set(true);
                    process.destroyForcibly();
                });
        try {
            process.getOutputStream().close();
            String output = read(process);
            return TrialOutcome.of(process.waitFor(), output, overdue.get(), limit);
        } catch (IOException e) {
            return TrialOutcome.untried("the output of the process cannot be read (" + FailureText.of(e) + ")");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return TrialOutcome.untried("it was interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    /** JVM options of the child process: a heap of at most 1 GiB, and the properties that libraries are found by. */
    static List<String> options(Properties properties, long heap) {
        List<String> options = new ArrayList<>(List.of(
                "-Xmx" + Math.min(heap, MAX_HEAP_BYTES),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "-Dai.djl.offline=true"));
        for (String name : new TreeSet<>(properties.stringPropertyNames())) {
            if (PASSED_ON.matcher(name).matches()) {
                options.add("-D" + name + "=" + properties.getProperty(name));
            }
        }
        return options;
    }

    // Reads to the end, because a process blocks when its output pipe is full; keeps the first 64 KiB.
    private static String read(Process process) throws IOException {
        try (InputStream in = process.getInputStream()) {
            String text = new String(in.readNBytes(MAX_OUTPUT_BYTES), StandardCharsets.UTF_8);
            in.transferTo(OutputStream.nullOutputStream());
            return text;
        }
    }
}
