package io.logitstream.cli.refusals;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.files.FolderLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Output folders that belong to something else are left unchanged. */
@ExtendWith(SharedCluster.class)
class BadOutputFolderIT {
    @TempDir
    private Path folder;

    private TinyRun run;

    @BeforeEach
    void createRun() throws IOException {
        run = TinyRun.create(folder.resolve("run"));
    }

    @Test
    void theFolderOfAnotherRunIsRefused() throws IOException {
        startAndStopARun();
        Map<String, String> before = contents(out());

        CliCall call = CliCall.run(run.command("distill", "--out", out().toString(), "--set", "selection.topK=5"));

        call.requireFailure(2, out().toString(), "selection.topK was 8 and is now 5");
        assertThat(contents(out())).isEqualTo(before);
    }

    @Test
    void aFolderOfSomethingElseIsRefused() throws IOException {
        Files.createDirectories(out());
        Files.writeString(out().resolve("thesis.tex"), "years of work");

        CliCall call = CliCall.run(run.command("distill", "--out", out().toString()));

        call.requireFailure(2, out().toString(), "no run of distill", "--out");
        assertThat(contents(out())).isEqualTo(Map.of("thesis.tex", "years of work"));
    }

    @Test
    void aFileInPlaceOfAFolderIsRefused() throws IOException {
        Files.writeString(out(), "a file");

        CliCall distilled = CliCall.run(run.command("distill", "--out", out().toString()));

        distilled.requireFailure(2, out() + " is a file");
        assertThat(out()).hasContent("a file");
    }

    @Test
    void aFolderInUseIsRefused() throws IOException {
        startAndStopARun();

        try (EmbeddedCluster cluster = EmbeddedCluster.start(out(), EmbeddedSettings.defaults())) {
            CliCall call = CliCall.run(run.command("distill", "--out", out().toString()));

            call.requireFailure(1, out().toString(), "in use");
            assertThat(cluster.bootstrapServers()).isNotEmpty();
        }
    }

    @Test
    @SuppressWarnings("try") // The lock is there for others.
    void aRunInUseOnAnotherClusterIsRefused(Cluster cluster) {
        try (FolderLock running = FolderLock.acquire(out())) {
            CliCall.run(cluster.on(run.command("distill", "--out", out().toString())))
                    .requireFailure(1, out().toString(), "in use");
        }
    }

    @Test
    void thereIsNothingToReplayInANewFolder() {
        CliCall call = CliCall.run(run.command("distill", "--replay", "--out", out().toString()));

        call.requireFailure(2, "--replay: " + out() + " holds no run");
        assertThat(out()).doesNotExist();
    }

    @Test
    void thereIsNothingToReplayInAnUnfinishedRun() throws IOException {
        startAndStopARun();

        CliCall call = CliCall.run(run.command("distill", "--replay", "--out", out().toString()));

        call.requireFailure(2, "--replay: topic logits is not complete in " + out());
        assertThat(out().resolve("students")).doesNotExist();
    }

    @Test
    @SuppressWarnings("try") // The lock is there for others.
    void aStudentOfAnotherRunIsLeftAsItIs(Cluster cluster) throws IOException {
        String topic = "bad-output-tokens";
        CliCall.run(cluster.on(run.command("produce", "--held-out", "--topic", topic)))
                .requireSuccess();
        String[] train = cluster.on(run.command("train", "--alpha", "0", "--topic", topic, "--out", out().toString()));
        CliCall.run(train).requireSuccess();
        Map<String, String> before = contents(out());
        String[] other =
                Stream.concat(Stream.of(train), Stream.of("--seed", "2")).toArray(String[]::new);

        CliCall call = CliCall.run(other);
        try (FolderLock training = FolderLock.acquire(out())) {
            CliCall.run(train).requireFailure(1, out().toString(), "in use");
        }

        call.requireFailure(2, out().toString(), "training.seed was 1 and is now 2");
        assertThat(contents(out())).isEqualTo(before);
    }

    @Test
    void aStudentsFolderThatIsNoneIsRefused(Cluster cluster) throws IOException {
        String[] train = cluster.on(run.command("train", "--alpha", "0", "--topic", "any", "--out", out().toString()));
        String[] overTeacher = cluster.on(run.command(
                "train",
                "--alpha",
                "0",
                "--topic",
                "any",
                "--out",
                run.teacher().toString()));
        Files.writeString(out(), "a file");
        Map<String, String> before = contents(run.teacher());

        CliCall.run(train).requireFailure(2, out() + " is a file");
        CliCall.run(overTeacher).requireFailure(2, run.teacher().toString(), "no student in training");

        assertThat(out()).hasContent("a file");
        assertThat(contents(run.teacher())).isEqualTo(before);
    }

    /** Starts a run that fails because its port is in use. */
    private void startAndStopARun() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CliCall.run(run.command(
                            "distill",
                            "--out",
                            out().toString(),
                            "--set",
                            "cluster.brokerPort=" + taken.getLocalPort()))
                    .requireFailure(1, "in use");
        }
    }

    private Path out() {
        return folder.resolve("out");
    }

    private static Map<String, String> contents(Path root) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile).forEach(file -> {
                try {
                    contents.put(root.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return contents;
    }
}
