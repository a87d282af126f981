package io.logitstream.cli.refusals;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports in use, clusters that do not answer, unsuitable topics, missing devices. */
@ExtendWith(SharedCluster.class)
class BadClusterIT {
    @TempDir
    private static Path shared;

    private static TinyRun run;

    @TempDir
    private Path folder;

    @BeforeAll
    static void createRun() throws IOException {
        run = TinyRun.create(shared);
    }

    @ParameterizedTest
    @ValueSource(strings = {"brokerPort", "registryPort"})
    void aPortInUseIsNamedAndAnotherOneWorksInTheSameFolder(String key) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CliCall call = CliCall.run(
                    run.command("distill", "--out", out(), "--set", "cluster." + key + "=" + taken.getLocalPort()));

            call.requireFailure(1, Integer.toString(taken.getLocalPort()));
        }
        CliCall again = CliCall.run(run.command("distill", "--replay", "--out", out()));
        again.requireFailure(2, "is not complete");
    }

    @Test
    void aBrokerThatDoesNotAnswerIsNamedInTime() throws IOException {
        int port = freePort();
        long start = System.nanoTime();

        CliCall call = CliCall.run(run.command(
                "distill",
                "--out",
                out(),
                "--bootstrap-server",
                "127.0.0.1:" + port,
                "--schema-registry",
                "http://127.0.0.1:" + port));

        call.requireFailure(1, "127.0.0.1:" + port);
        // A promise to the user, with a margin for a busy machine.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40));
        assertThat(Path.of(out())).doesNotExist();
    }

    @Test
    void aRegistryThatDoesNotAnswerIsNamed(Cluster cluster) throws IOException {
        String address = "http://127.0.0.1:" + freePort();

        CliCall call = CliCall.run(run.command(
                "produce",
                "--topic",
                "bad-cluster-registry",
                "--bootstrap-server",
                cluster.kafka().bootstrapServers(),
                "--schema-registry",
                address));

        call.requireFailure(1, address);
        assertThat(TopicKeys.exists(cluster.kafka(), "bad-cluster-registry")).isFalse();
    }

    @Test
    void aMissingRegistryAddressIsAUsageError(Cluster cluster) {
        CliCall call =
                CliCall.run("inspect", "--bootstrap-server", cluster.kafka().bootstrapServers());

        call.requireFailure(2, "--schema-registry");
    }

    @Test
    void aTopicWithOtherSettingsIsLeftAlone(Cluster cluster) {
        String topic = "bad-cluster-settings";
        CliCall.run(cluster.on(run.command("produce", "--held-out", "--topic", topic)))
                .requireSuccess();
        var before = TopicKeys.read(cluster.kafka(), topic);

        CliCall partitions = CliCall.run(cluster.on(run.command("produce", "--topic", topic)));
        CliCall retention = CliCall.run(
                cluster.on(run.command("produce", "--held-out", "--topic", topic, "--set", "topics.retentionMs=1000")));

        partitions.requireFailure(1, "topic " + topic + " exists with partitions 1", "asks for 4");
        retention.requireFailure(1, "topic " + topic + " exists with retention.ms -1", "asks for 1000");
        assertThat(TopicKeys.read(cluster.kafka(), topic)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train --out OUT --topic", "inspect --topic", "evaluate TEXTS --topic"})
    void aTopicThatIsNotThereIsNamed(String line, Cluster cluster) {
        String[] words = line.replace("OUT", out())
                .replace("TEXTS", run.corpus().toString())
                .split(" ", 2);
        String[] arguments = (words[1] + " no-such-topic").split(" ");

        CliCall call = CliCall.run(cluster.on(run.command(words[0], arguments)));

        call.requireFailure(1, "topic no-such-topic does not exist");
        assertThat(Path.of(out())).doesNotExist();
    }

    @Test
    void aBatchTooLargeForItsTopicIsFoundBeforeTheTopicIsCreated(Cluster cluster) {
        String[] topics = {"--set", "topics.tokens=bad-cluster-tokens", "--set", "topics.logits=bad-cluster-logits"};

        CliCall produced = CliCall.run(cluster.on(run.command("produce", with(topics, "topics.maxRecordBytes=300"))));
        CliCall taught = CliCall.run(cluster.on(run.command("teach", with(topics, "topics.maxRecordBytes=5000"))));
        CliCall distilled = CliCall.run(run.command("distill", "--out", out(), "--set", "topics.maxRecordBytes=5000"));

        produced.requireFailure(2, "4 rows of 32 tokens", "topics.maxRecordBytes is 300");
        taught.requireFailure(2, "4 rows of 32 tokens", "up to 8 kept logits", "topics.maxRecordBytes is 5000");
        distilled.requireFailure(2, "4 rows of 32 tokens", "up to 8 kept logits", "topics.maxRecordBytes is 5000");
        assertThat(TopicKeys.exists(cluster.kafka(), "bad-cluster-tokens")).isFalse();
        assertThat(TopicKeys.exists(cluster.kafka(), "bad-cluster-logits")).isFalse();
        assertThat(Path.of(out())).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda:77", "tpu"})
    void aDeviceThatIsNotThereIsAUsageError(String device, Cluster cluster) {
        CliCall trained =
                CliCall.run(cluster.on(run.command("train", "--out", out(), "--set", "compute.device=" + device)));
        CliCall taught = CliCall.run(cluster.on(run.command("teach", "--set", "teach.device=" + device)));
        CliCall distilled = CliCall.run(run.command("distill", "--out", out(), "--set", "teach.device=" + device));

        trained.requireFailure(2, "compute.device", device);
        taught.requireFailure(2, "teach.device", device);
        distilled.requireFailure(2, "teach.device", device);
        assertThat(Path.of(out())).doesNotExist();
    }

    private String out() {
        return folder.resolve("out").toString();
    }

    private static String[] with(String[] settings, String another) {
        String[] result = Arrays.copyOf(settings, settings.length + 2);
        result[settings.length] = "--set";
        result[settings.length + 1] = another;
        return result;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
