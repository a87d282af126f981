package io.logitstream.model.trial;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.model.CausalModels;
import io.logitstream.model.tokenizer.Tokenizer;
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

/** The process of a trial: this JVM's binary and class path, with a time limit that it also keeps by itself. */
public final class TrialProcess {
    static final String TOKENIZER = "tokenizer";
    static final String TORCH_SCRIPT = "torchscript";

    private static final String INSIDE = "logitstream.trial";
    private static final int GRACE_SECONDS = 5;
    private static final int MOST_OUTPUT = 64 * 1024;
    private static final long MOST_HEAP = 1L << 30;
    static final Set<String> JVM_OPTIONS = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");
    /** System properties by which native libraries are found and unpacked. */
    private static final Pattern PASSED_ON = Pattern.compile(
            "java\\.io\\.tmpdir|java\\.library\\.path|user\\.home|ENGINE_CACHE_DIR|(ai\\.djl\\.|DJL_|PYTORCH_|RUST_|TOKENIZERS_).*");

    private TrialProcess() {}

    /** Whether this is the process of a trial. */
    static boolean isInside() {
        return System.getProperty(INSIDE) != null;
    }

    /**
     * Runs a trial.
     *
     * @param limit time that it may take
     */
    static TrialOutcome run(Duration limit, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options(System.getProperties(), Runtime.getRuntime().maxMemory()));
        command.addAll(List.of(
                "-D" + INSIDE + "=" + limit.toSeconds(),
                "-cp",
                System.getProperty("java.class.path"),
                TrialProcess.class.getName()));
        command.addAll(List.of(arguments));
        return run(limit, command);
    }

    static TrialOutcome run(Duration limit, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // Options for this JVM, such as an agent or a port for a debugger, can fail in a second one.
        builder.environment().keySet().removeAll(JVM_OPTIONS);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return TrialOutcome.notStarted(e);
        }
        AtomicBoolean overdue = new AtomicBoolean();
        // It ends itself in time, unless even that hangs.
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
            return TrialOutcome.untried("what the process prints cannot be read (" + FailureText.of(e) + ")");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return TrialOutcome.untried("it was interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    /** JVM options of the process: where libraries are found is passed on, and the heap is bounded. */
    static List<String> options(Properties properties, long heap) {
        List<String> options = new ArrayList<>(List.of(
                "-Xmx" + Math.min(heap, MOST_HEAP),
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

    // To the end, since a process waits for its output to be taken; kept only as far as a cause is looked for.
    private static String read(Process process) throws IOException {
        try (InputStream in = process.getInputStream()) {
            String text = new String(in.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
            in.transferTo(OutputStream.nullOutputStream());
            return text;
        }
    }

    /**
     * Runs in the process.
     *
     * @param arguments kind of trial, file, device
     */
    public static void main(String[] arguments) {
        Thread watch = new Thread(TrialProcess::endInTime, "limit");
        watch.setDaemon(true);
        watch.start();
        try {
            Path file = Path.of(arguments[1]);
            if (arguments[0].equals(TOKENIZER)) {
                encode(file);
            } else {
                CausalModels.open(file, arguments[2], true).close();
            }
            Runtime.getRuntime().halt(0);
        } catch (ModelException e) {
            Runtime.getRuntime().halt(TrialOutcome.NOTICED);
        } catch (Throwable e) {
            System.out.println(TrialOutcome.FAULT + FaultText.of(e));
            Runtime.getRuntime().halt(1);
        }
    }

    private static void endInTime() {
        try {
            TimeUnit.SECONDS.sleep(Long.getLong(INSIDE, 60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(TrialOutcome.OVERDUE);
    }

    private static void encode(Path file) {
        try (Tokenizer tokenizer = Tokenizer.load(file)) {
            for (String text : texts()) {
                tokenizer.decode(tokenizer.encode(text));
                tokenizer.encodeAsHuggingFace(text, true);
            }
            for (int id = 0; id < Math.min(tokenizer.vocabularySize(), 2000); id++) {
                tokenizer.decode(new int[] {id});
            }
        }
    }

    // Ordinary text, each kind of character, and runs of one character that do not end as an expression may expect:
    // these
    // make one backtrack that can.
    private static List<String> texts() {
        List<String> texts = new ArrayList<>(List.of(
                "",
                " ",
                "The quick brown fox jumps over 13 lazy dogs.\n\n\tint x = 0; // ok",
                "Gr\u00fc\u00dfe, \u4f60\u597d\uff0c\u0645\u0631\u062d\u0628\u0627 \ud83d\ude80\u200d\u2764\ufe0f",
                "e\u0301 \u00a0\u3000\ufb01 \u0000\u0001\u007f"));
        for (String run : List.of("a", "A", " ", "0", "\n", ".", "-", "_", "\u00e4", "\u4f60", "ab", "a ", "a1", "=")) {
            for (int length : new int[] {40, 3000}) {
                texts.add(run.repeat(length));
                texts.add(run.repeat(length) + "!");
                texts.add(run.repeat(length) + "\u0001x");
            }
        }
        return texts;
    }
}
