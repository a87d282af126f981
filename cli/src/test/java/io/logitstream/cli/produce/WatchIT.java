package io.logitstream.cli.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Files that arrive in a watched folder are published exactly once, however often the publisher is killed. */
@ExtendWith(SharedCluster.class)
class WatchIT {
    private static final int FILES = 6;

    @TempDir
    private Path folder;

    private Cluster cluster;
    private TinyRun run;

    @Test
    void filesThatArriveArePublishedOnceThoughThePublisherIsKilled(Cluster sharedCluster) throws Exception {
        cluster = sharedCluster;
        run = TinyRun.create(folder.resolve("run"));
        Path arriving = Files.createDirectories(folder.resolve("arriving"));
        String topic = "watch-tokens";

        for (int i = 0; i < FILES; i += 2) {
            CliProcess publisher = CliProcess.start(folder.resolve("logs"), command(arriving, topic));
            try (publisher) {
                arrive(arriving, i);
                arrive(arriving, i + 1);
                int shards = i + 1;
                publisher.await("publishes a file", () -> shards(topic) >= shards);
                if (i > 0) {
                    Files.deleteIfExists(arriving.resolve(name(i - 2)));
                }
            }
        }
        Files.createFile(arriving.resolve(".logitstream-end"));
        CliCall.run(command(arriving, topic)).requireSuccess();

        Path calm = Files.createDirectories(folder.resolve("calm"));
        for (int i = 0; i < FILES; i++) {
            arrive(calm, i);
        }
        Files.createFile(calm.resolve(".logitstream-end"));
        CliCall.run(command(calm, "watch-calm-tokens")).requireSuccess();
        assertThat(TopicKeys.read(cluster.kafka(), topic))
                .isEqualTo(TopicKeys.read(cluster.kafka(), "watch-calm-tokens"))
                .hasSizeGreaterThan(5 * FILES);
    }

    @Test
    void aCorpusThatIsWithdrawnEndsWhereItIsAndStaysEnded(Cluster sharedCluster) throws Exception {
        cluster = sharedCluster;
        run = TinyRun.create(folder.resolve("run"));
        Path arriving = Files.createDirectories(folder.resolve("arriving"));
        String topic = "watch-withdrawn-tokens";
        try (CliProcess publisher = CliProcess.start(folder.resolve("logs"), command(arriving, topic))) {
            arrive(arriving, 0);
            publisher.await("publishes a file", () -> shards(topic) > 0);

            Files.createFile(arriving.resolve(".logitstream-withdraw"));
            arrive(arriving, 1);
            publisher.awaitSuccess();
        }

        List<TopicKeys.Entry> withdrawn = TopicKeys.read(cluster.kafka(), topic);
        assertThat(withdrawn.subList(0, 1)).noneMatch(entry -> entry.key().endsWith("/end"));
        assertThat(withdrawn.stream().filter(entry -> entry.key().equals("arriving/end")))
                .hasSize(4);
        CliCall.run(command(arriving, topic)).requireSuccess();
        assertThat(TopicKeys.read(cluster.kafka(), topic)).isEqualTo(withdrawn);
    }

    private long shards(String topic) {
        return TopicKeys.read(cluster.kafka(), topic).stream()
                .map(entry -> entry.key().split("/")[1])
                .distinct()
                .count();
    }

    private void arrive(Path folder, int number) throws IOException {
        Path written = Files.writeString(folder.resolve("." + name(number)), TinyRun.text(number, 300));
        Files.move(written, folder.resolve(name(number)), StandardCopyOption.ATOMIC_MOVE);
    }

    private static String name(int number) {
        return "text-" + number + ".txt";
    }

    private String[] command(Path source, String topic) {
        List<String> line = new ArrayList<>(Arrays.asList(run.command(
                "produce",
                "--watch",
                "--corpus",
                source.toString(),
                "--topic",
                topic,
                "--set",
                "corpus.name=arriving",
                "--set",
                "corpus.watch.stableSeconds=0.2")));
        return cluster.on(line.toArray(String[]::new));
    }
}
