package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.LiveCorpus;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.cli.testing.TopicKeys.Entry;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two instances of the teacher stream, one with two threads, share the partitions of a corpus during its publication
 * and are killed with SIGKILL in turn. {@code -Dlogitstream.kills=20} sets the number of kills.
 */
@ExtendWith(SharedCluster.class)
class TeacherKillIT {
    private static final int KILLS = Integer.getInteger("logitstream.kills", 3);
    private static final Set<Integer> PARTITIONS = Set.of(0, 1, 2, 3);
    private static final String TOKENS = "shared-tokens";
    private static final String LOGITS = "shared-logits";
    private static final String UNDISTURBED = "undisturbed-logits";
    private static final String DEAD_LETTERS = "shared-dead-letters";

    @TempDir
    private Path folder;

    private Cluster cluster;
    private TinyRun run;

    @Test
    void killedInstancesLeaveEachBatchOnceAndInOrder(Cluster sharedCluster) throws Exception {
        cluster = sharedCluster;
        run = TinyRun.create(folder.resolve("run"));

        teachAndKill();
        CliCall.run(command("teach", UNDISTURBED)).requireSuccess();

        List<Entry> tokens = TopicKeys.read(cluster.kafka(), TOKENS);
        List<Entry> logits = TopicKeys.read(cluster.kafka(), LOGITS);
        List<Entry> written = TopicKeys.read(
                new KafkaSettings(
                        cluster.kafka().bootstrapServers(),
                        cluster.kafka().schemaRegistry(),
                        Map.of("consumer.isolation.level", "read_uncommitted")),
                LOGITS);
        System.out.printf(
                "%d kills; %d records in the logits topic, and %d that kills have taken back%n",
                KILLS, logits.size(), written.size() - logits.size());
        assertThat(addresses(logits)).isEqualTo(addresses(tokens));
        assertThat(logits.stream().map(Entry::key).filter(key -> !key.endsWith("/end")))
                .doesNotHaveDuplicates()
                .hasSizeGreaterThan(20 * KILLS);
        for (int partition : PARTITIONS) {
            List<String> keys = logits.stream()
                    .filter(entry -> entry.partition() == partition)
                    .map(Entry::key)
                    .toList();
            assertThat(keys.indexOf("tiny/end"))
                    .as("end marker of partition %d", partition)
                    .isEqualTo(keys.size() - 1);
        }
        assertThat(logits).isEqualTo(TopicKeys.read(cluster.kafka(), UNDISTURBED));
        assertThat(TopicKeys.read(cluster.kafka(), DEAD_LETTERS)).isEmpty();
        assertThat(written).as("no kill has hit an open transaction").hasSizeGreaterThan(logits.size());
    }

    private void teachAndKill() throws Exception {
        Random random = new Random(1);
        CliProcess publisher = CliProcess.start(
                folder.resolve("logs"),
                command(
                        "produce",
                        LOGITS,
                        "--corpus",
                        "-",
                        "--set",
                        "corpus.format=jsonl",
                        "--set",
                        "corpus.shardBytes=2000"));
        try (LiveCorpus corpus = new LiveCorpus(publisher, 300);
                Instance two = new Instance("two", 2);
                Instance one = new Instance("one", 1);
                TeacherGroup group = new TeacherGroup(cluster.kafka(), LOGITS)) {
            for (int i = 0; i < KILLS; i++) {
                corpus.requireOpen();
                Map<String, Set<Integer>> shares = awaitShared(group, two, one);
                Instance victim = i % 2 == 0 ? two : one;
                Set<Integer> held = victim.threads().stream()
                        .flatMap(thread -> shares.get(thread).stream())
                        .collect(Collectors.toSet());
                long before = group.written(held);
                victim.process.await("writes", () -> group.written(held) > before);
                CliProcess.pause(random.nextInt(500));
                victim.process.kill();
                victim.start();
            }
            awaitShared(group, two, one);
            corpus.requireOpen();
            corpus.end();
            two.process.awaitSuccess();
            one.process.awaitSuccess();
        }
    }

    /** Waits until the threads of both instances, and no others, hold all partitions; returns the assignment. */
    private static Map<String, Set<Integer>> awaitShared(TeacherGroup group, Instance two, Instance one)
            throws IOException {
        Set<String> threads = new TreeSet<>(two.threads());
        threads.addAll(one.threads());
        Map<String, Set<Integer>> shares = new TreeMap<>();
        two.process.await("shares the partitions", () -> {
            assertThat(one.process.isAlive()).as("the other instance runs on").isTrue();
            shares.clear();
            shares.putAll(group.partitions());
            return shares.keySet().equals(threads)
                    && shares.values().stream().noneMatch(Set::isEmpty)
                    && shares.values().stream()
                            .flatMap(Set::stream)
                            .collect(Collectors.toSet())
                            .equals(PARTITIONS);
        });
        return shares;
    }

    private static List<String> addresses(List<Entry> entries) {
        return entries.stream()
                .map(entry -> entry.partition() + " " + entry.key())
                .toList();
    }

    private String[] command(String command, String logits, String... arguments) {
        List<String> line = new ArrayList<>(Arrays.asList(run.command(command, arguments)));
        line.addAll(List.of(
                "--set",
                "topics.tokens=" + TOKENS,
                "--set",
                "topics.logits=" + logits,
                "--set",
                "topics.deadLetters=" + DEAD_LETTERS));
        return cluster.on(line.toArray(String[]::new));
    }

    /** An instance of the stream, which can be killed and restarted; each start has client ids of its own. */
    private final class Instance implements AutoCloseable {
        private final String name;
        private final int threads;
        private int starts;
        private CliProcess process;

        Instance(String name, int threads) throws IOException {
            this.name = name;
            this.threads = threads;
            start();
        }

        /** Starts it with short session time-outs and long transactions. */
        void start() throws IOException {
            starts++;
            Path clients =
                    Files.writeString(folder.resolve(name + "-" + starts + ".properties"), """
          streams.client.id=%s-%d
          streams.commit.interval.ms=500
          consumer.session.timeout.ms=2000
          consumer.heartbeat.interval.ms=500
          """.formatted(name, starts));
            process = CliProcess.start(
                    folder.resolve("logs"),
                    command(
                            "teach",
                            LOGITS,
                            "--set",
                            "teach.threads=" + threads,
                            "--command-config",
                            clients.toString()));
        }

        /** Client ids of its threads' consumers. */
        List<String> threads() {
            return IntStream.rangeClosed(1, threads)
                    .mapToObj(thread -> name + "-" + starts + "-StreamThread-" + thread + "-consumer")
                    .toList();
        }

        @Override
        public void close() {
            process.close();
        }
    }
}
