package io.logitstream.cli.faults;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One process of the pipeline, which is started again, as a service manager does, when it has ended with an error. */
class Part implements AutoCloseable {
    private static final int NEW_FLAGS_SINCE = 24;

    private final String name;
    private final Path logs;
    private final String heap;
    private final List<String> command;
    private Process process;
    private int starts;
    private int retries;
    private boolean paused;

    /**
     * @param name for messages and files
     * @param logs folder for what it prints
     * @param heap largest heap, as in {@code 200m}
     * @param command system properties, main class and arguments
     */
    Part(String name, Path logs, String heap, List<String> command) {
        this.name = name;
        this.logs = logs;
        this.heap = heap;
        this.command = command;
    }

    void start() throws IOException {
        starts++;
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ActiveProcessorCount=1",
                "-Xmx" + heap,
                "-Dai.djl.offline=true",
                "-Dlogitstream.home=" + Repository.root()));
        if (Runtime.version().feature() >= NEW_FLAGS_SINCE) {
            line.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        line.addAll(List.of("-cp", System.getProperty("java.class.path")));
        line.addAll(command);
        Files.createDirectories(logs);
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        logs.resolve(name + ".out").toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        logs.resolve(name + ".err").toFile()));
        builder.environment().putAll(Map.of("OMP_WAIT_POLICY", "passive", "GOMP_SPINCOUNT", "0"));
        process = builder.start();
    }

    String name() {
        return name;
    }

    Process process() {
        return process;
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Whether it has ended by itself and well. */
    boolean isDone() {
        return process != null && !process.isAlive() && process.exitValue() == 0;
    }

    /** Starts it again when it has ended with an error; a wrong command line is a mistake of the test's. */
    void revive() throws IOException {
        if (isAlive() || isDone()) {
            return;
        }
        if (process.exitValue() == 2) {
            throw new AssertionError(name + " refuses its settings:\n" + lastWords());
        }
        retries++;
        String words = lastWords();
        System.out.println(
                name + " has ended with " + process.exitValue() + ": " + words.substring(words.lastIndexOf('\n') + 1));
        start();
    }

    /** Times that it has ended with an error and was started again. */
    int retries() {
        return retries;
    }

    int starts() {
        return starts;
    }

    /** As kill -9 does. */
    void kill() {
        if (process != null) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    /** As kill does, and waits for its end. */
    void terminate() throws InterruptedException, IOException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " does not end:\n" + lastWords());
        }
    }

    void pause() throws IOException, InterruptedException {
        paused = true;
        signal("STOP");
    }

    void goOn() throws IOException, InterruptedException {
        if (paused) {
            paused = false;
            signal("CONT");
        }
    }

    private void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .inheritIO()
                .start();
        if (!kill.waitFor(10, TimeUnit.SECONDS)) {
            throw new IOException("kill does not end");
        }
    }

    /** The end of what it has printed to standard error. */
    String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(logs.resolve(name + ".err"));
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    }

    @Override
    public void close() {
        kill();
    }
}
