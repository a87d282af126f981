package io.logitstream.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.LiveCorpus;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clocks that jump: what is in the topics and what students learn does not depend on the time of day. */
@ExtendWith(SharedCluster.class)
class ClockIT {
    @TempDir
    private Path folder;

    private TinyRun run;
    private Cluster cluster;

    @BeforeEach
    void createRun(Cluster sharedCluster) throws IOException {
        cluster = sharedCluster;
        run = TinyRun.create(folder.resolve("run"));
    }

    @Test
    void recordsWhoseTimesJumpByYearsGiveTheSameTopicsAndTheSameStudent() throws Exception {
        Path jumping = properties("producer.interceptor.classes=" + JumpingClock.class.getName());
        Path steady = properties("");

        for (String name : List.of("steady", "jumping")) {
            Path clients = name.equals("steady") ? steady : jumping;
            CliCall.run(command(name, clients, "produce")).requireSuccess();
            CliCall.run(command(name, clients, "teach")).requireSuccess();
            CliCall.run(command(
                            name,
                            clients,
                            "train",
                            "--out",
                            folder.resolve(name).toString(),
                            "--set",
                            "training.tokens=4000"))
                    .requireSuccess();
        }

        for (String topic : List.of("tokens", "logits")) {
            assertThat(TopicKeys.read(cluster.kafka(), "clock-jumping-" + topic))
                    .isEqualTo(TopicKeys.read(cluster.kafka(), "clock-steady-" + topic))
                    .isNotEmpty();
        }
        assertThat(RunOutcome.Student.read(folder.resolve("jumping")))
                .isEqualTo(RunOutcome.Student.read(folder.resolve("steady")));
    }

    @Test
    void aPublisherWhoseClockIsFarAheadIsRefusedAndGoesOnOnceItIsRight() throws Exception {
        Path ahead = properties("producer.interceptor.classes=" + JumpingClock.class.getName()
                + "\nproducer.jumping.clock.ahead.hours=48");

        CliCall refused = CliCall.run(command("ahead", ahead, "produce"));
        refused.requireFailure(1, "clock-ahead-tokens", "imestamp");
        assertThat(TopicKeys.read(cluster.kafka(), "clock-ahead-tokens")).isEmpty();

        CliCall.run(command("ahead", properties(""), "produce")).requireSuccess();
        assertThat(TopicKeys.read(cluster.kafka(), "clock-ahead-tokens")).isNotEmpty();
    }

    @Test
    void clocksOfRunningProcessesThatJumpByYearsChangeNothing() throws Exception {
        Path library = Path.of(
                System.getProperty("logitstream.faketime", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"));
        assumeThat(library).as("libfaketime, to shift the clocks of processes").exists();
        Path offset = Files.writeString(folder.resolve("offset"), "+0d\n");
        Map<String, String> shifted = Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME_TIMESTAMP_FILE",
                offset.toString(),
                "FAKETIME_CACHE_DURATION",
                "1",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                // Otherwise it shifts the ends of the JVM's waits too, which are of the monotonic clock: they end at
                // once.
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0");
        Path clients = properties("streams.commit.interval.ms=500");
        String[] training = {
            "--set",
            "training.tokens=100000000",
            "--set",
            "training.schedule=constant",
            "--set",
            "training.checkpointSteps=5"
        };
        CliCall.run(command("shifted", clients, "topics")).requireSuccess();
        Path out = folder.resolve("shifted");
        Path logs = folder.resolve("logs");
        try (LiveCorpus corpus = new LiveCorpus(
                        CliProcess.start(
                                logs,
                                "250m",
                                ProcessBuilder.Redirect.PIPE,
                                command(
                                        "shifted",
                                        clients,
                                        "produce",
                                        "--corpus",
                                        "-",
                                        "--set",
                                        "corpus.format=jsonl",
                                        "--set",
                                        "corpus.shardBytes=2000")),
                        400);
                Service teacher = new Service(
                        logs,
                        shifted,
                        command(
                                "shifted",
                                clients,
                                "teach",
                                "--state",
                                folder.resolve("state").toString()));
                Service student = new Service(
                        logs,
                        shifted,
                        command("shifted", clients, "train", concat(training, "--out", out.toString())))) {
            for (String jump : List.of("+0d", "+400d", "-4000d", "+0d")) {
                Files.writeString(offset, jump + "\n");
                String before = checkpoint(out);
                await(
                        "trains on after a jump to " + jump,
                        () -> !checkpoint(out).equals(before),
                        teacher,
                        student);
            }
            corpus.end();
            await("comes to the end of the corpus", () -> teacher.isDone() && student.isDone(), teacher, student);
        }

        CliCall.run(command(
                        "shifted",
                        clients,
                        "train",
                        concat(training, "--out", folder.resolve("again").toString())))
                .requireSuccess();
        assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(folder.resolve("again")));
    }

    /** A process that is started again when it has ended with an error, as a service manager does. */
    private static final class Service implements AutoCloseable {
        private final Path logs;
        private final Map<String, String> environment;
        private final String[] line;
        private CliProcess process;

        Service(Path logs, Map<String, String> environment, String... line) throws IOException {
            this.logs = logs;
            this.environment = environment;
            this.line = line;
            start();
        }

        private void start() throws IOException {
            process = CliProcess.start(logs, "250m", ProcessBuilder.Redirect.PIPE, environment, line);
        }

        void revive() throws IOException, InterruptedException {
            if (!process.isAlive() && process.exitCode() == 1) {
                System.out.println(line[0] + " is started again: "
                        + process.stderr().lines().reduce((a, b) -> b).orElse(""));
                start();
            }
        }

        boolean isDone() {
            try {
                return !process.isAlive() && process.exitCode() == 0;
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static void await(String what, BooleanSupplier condition, Service... services) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!condition.getAsBoolean()) {
            for (Service service : services) {
                service.revive();
            }
            assertThat(System.nanoTime()).as("in vain: " + what).isLessThan(deadline);
            CliProcess.pause(50);
        }
    }

    private static String[] concat(String[] first, String... second) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(second));
        return all.toArray(String[]::new);
    }

    private static String checkpoint(Path student) {
        try (Stream<Path> files = Files.list(student.resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+"))
                    .max(String::compareTo)
                    .orElse("none");
        } catch (IOException e) {
            return "none";
        }
    }

    private Path properties(String lines) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "clients", ".properties"), lines + "\n");
    }

    private String[] command(String name, Path clients, String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(List.of(
                "--command-config",
                clients.toString(),
                "--set",
                "topics.tokens=clock-" + name + "-tokens",
                "--set",
                "topics.logits=clock-" + name + "-logits"));
        return cluster.on(line.toArray(String[]::new));
    }
}
