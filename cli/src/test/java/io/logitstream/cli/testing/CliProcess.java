package io.logitstream.cli.testing;

import io.logitstream.cli.Logitstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The command line in a process of its own, which a test can kill. */
public final class CliProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int NEW_FLAGS_SINCE = 24;

    private final Process process;
    private final String name;
    private final Path out;
    private final Path err;

    private CliProcess(Process process, String name, Path out, Path err) {
        this.process = process;
        this.name = name;
        this.out = out;
        this.err = err;
    }

    /**
     * Starts a command.
     *
     * @param logs folder for its output
     * @param arguments command line
     */
    public static CliProcess start(Path logs, String... arguments) throws IOException {
        return start(logs, "700m", ProcessBuilder.Redirect.PIPE, arguments);
    }

    /** Starts a command with a heap size and standard input. */
    public static CliProcess start(Path logs, String heap, ProcessBuilder.Redirect input, String... arguments)
            throws IOException {
        return start(logs, heap, input, Map.of(), arguments);
    }

    /** Starts a command with environment variables. */
    public static CliProcess start(
            Path logs, String heap, ProcessBuilder.Redirect input, Map<String, String> environment, String... arguments)
            throws IOException {
        Files.createDirectories(logs);
        Path out = Files.createTempFile(logs, arguments[0] + "-", ".out");
        Path err = Path.of(out.toString().replaceAll("out$", "err"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ActiveProcessorCount=1",
                "-Xmx" + heap,
                "-Dai.djl.offline=true",
                "-Dlogitstream.home=" + Repository.root()));
        if (Runtime.version().feature() >= NEW_FLAGS_SINCE) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Logitstream.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(input)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new CliProcess(builder.start(), String.join(" ", arguments), out, err);
    }

    /** Waits for the end of the process and requires exit code 0. */
    public CliProcess awaitSuccess() throws IOException, InterruptedException {
        int code = exitCode();
        if (code != 0) {
            throw new AssertionError(name + " has ended with exit code " + code + ":\n" + stderr());
        }
        return this;
    }

    public int exitCode() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError(name + " does not end:\n" + stderr());
        }
        return process.exitValue();
    }

    /** Waits until the output on stdout or stderr contains a match. */
    public Matcher await(String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        Matcher[] found = new Matcher[1];
        await("prints " + pattern, () -> {
            found[0] = wanted.matcher(read(out) + read(err));
            return found[0].find();
        });
        return found[0];
    }

    /** Waits for a condition; fails if the process ends before. */
    public void await(String what, BooleanSupplier condition) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            boolean ended = !process.isAlive();
            if (ended && condition.getAsBoolean()) {
                return;
            }
            if (ended || System.nanoTime() > deadline) {
                throw new AssertionError(
                        name + (ended ? " has ended" : " goes on") + " before it " + what + ":\n" + stderr());
            }
            pause(5);
        }
    }

    /** Writes to the standard input of the process. */
    public void write(String text) throws IOException {
        try {
            process.outputWriter().write(text);
            process.outputWriter().flush();
        } catch (IOException e) {
            throw new AssertionError(
                    name + (isAlive() ? " does not read on" : " has ended with " + process.exitValue()) + ":\n"
                            + stdout() + stderr(),
                    e);
        }
    }

    public void endInput() throws IOException {
        process.outputWriter().close();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public String stdout() throws IOException {
        return Files.readString(out);
    }

    public String stderr() throws IOException {
        return Files.readString(err);
    }

    /** Sends SIGTERM, as a service manager does. Requires exit code 143 and one line that names the position. */
    public String terminate() throws IOException, InterruptedException {
        process.destroy();
        int code = exitCode();
        List<String> told = stderr().lines()
                .filter(line -> line.startsWith("logitstream: "))
                .toList();
        if (code != 143 || told.size() != 1 || stderr().contains("\tat ")) {
            throw new AssertionError(
                    name + " has ended with exit code " + code + " after SIGTERM:\n" + stdout() + stderr());
        }
        return told.get(0);
    }

    /** Sends SIGKILL. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    public static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
