package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.LiveCorpus;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.cli.testing.TopicKeys.Entry;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * An instance with a served teacher and many batches in flight is killed with SIGKILL again and again while the corpus is
 * published. {@code -Dlogitstream.kills=20} sets the number of kills.
 */
@ExtendWith(SharedCluster.class)
class ServedKillIT {
    private static final int KILLS = Integer.getInteger("logitstream.kills", 2);
    private static final List<Integer> PARTITIONS = List.of(0, 1, 2, 3);
    private static final String TOKENS = "served-kill-tokens";
    private static final String LOGITS = "served-kill-logits";

    @TempDir
    private Path folder;

    @Test
    void killedInstancesLeaveEachBatchOnceAndInOrder(Cluster cluster) throws Exception {
        Torch.start(1);
        Random random = new Random(1);
        Path clients = Files.writeString(folder.resolve("clients.properties"), """
            streams.commit.interval.ms=500
            consumer.session.timeout.ms=2000
            consumer.heartbeat.interval.ms=500
            """);
        try (ServedRun run = new ServedRun(cluster, folder);
                StandInServer server = run.server(Format.SGLANG_FLAT_BASE64).delayMillis(50);
                TeacherGroup group = new TeacherGroup(cluster.kafka(), LOGITS)) {
            List<String> settings = run.served(Format.SGLANG_FLAT_BASE64, server.url(), "teach.server.requests=16");
            settings.addAll(List.of("--command-config", clients.toString()));
            String[] teach = run.command("teach", TOKENS, LOGITS, settings.toArray(String[]::new));
            try (Admin admin = Admin.create(cluster.kafka().admin())) {
                TopicAdmin.ensure(admin, TopicSettings.named(LOGITS));
            }
            CliProcess publisher = CliProcess.start(
                    folder.resolve("logs"),
                    run.command(
                            "produce",
                            TOKENS,
                            LOGITS,
                            "--corpus",
                            "-",
                            "--set",
                            "corpus.format=jsonl",
                            "--set",
                            "corpus.shardBytes=2000"));
            try (LiveCorpus corpus = new LiveCorpus(publisher, 400)) {
                for (int i = 0; i < KILLS; i++) {
                    corpus.requireOpen();
                    long before = group.written(PARTITIONS);
                    try (CliProcess instance = CliProcess.start(folder.resolve("logs"), teach)) {
                        instance.await("writes", () -> group.written(PARTITIONS) > before);
                        CliProcess.pause(random.nextInt(1500));
                    }
                }
                corpus.end();
            }
            try (CliProcess last = CliProcess.start(folder.resolve("logs"), teach)) {
                last.awaitSuccess();
            }
            List<Entry> logits = TopicKeys.read(cluster.kafka(), LOGITS);
            System.out.printf(
                    "%d kills, %d batches, %d scored, at most %d in flight%n",
                    KILLS, logits.size(), server.scored(), server.mostRunning());
            assertThat(logits.stream().map(entry -> entry.partition() + " " + entry.key()))
                    .containsExactlyElementsOf(TopicKeys.read(cluster.kafka(), TOKENS).stream()
                            .map(entry -> entry.partition() + " " + entry.key())
                            .toList());
            assertThat(logits.stream().map(Entry::key).filter(key -> !key.endsWith("/end")))
                    .doesNotHaveDuplicates()
                    .hasSizeGreaterThan(10 * KILLS);
            assertThat(server.scored()).as("work that kills have taken back").isGreaterThan(logits.size());
        }
    }
}
