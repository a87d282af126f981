package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.stream.TeacherStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedCluster.class)
class TeacherThreadsIT {
    private static final StreamTopics TOPICS =
            new StreamTopics("threads-tokens", "threads-logits", "threads-dead-letters");
    private static final int MAX_RECORD_BYTES = TopicSettings.DEFAULT_MAX_RECORD_BYTES;

    @TempDir
    private Path folder;

    @Test
    void twoThreadsTeachDifferentPartitionsAtTheSameTime(Cluster cluster) throws Exception {
        TinyRun run = TinyRun.create(folder.resolve("run"));
        try (Admin admin = Admin.create(cluster.kafka().admin())) {
            TopicAdmin.ensure(
                    admin,
                    TopicSettings.named(TOPICS.tokens()),
                    TopicSettings.named(TOPICS.logits()),
                    TopicSettings.named(TOPICS.deadLetters()));
        }
        TeachConfig config = new TeachConfig(null, null, 2, null, null, null);
        Torch.start(1);
        Meeting meeting = new Meeting();

        try (TeacherModel teacher = TeacherLoader.load(run.teacher(), config, new SelectionConfig(null, 8));
                TeacherStream stream = TeacherStream.start(
                        new StreamSettings(
                                cluster.kafka(),
                                TOPICS,
                                config,
                                new BatchShape(4, 32),
                                MAX_RECORD_BYTES,
                                folder.resolve("state")),
                        teacher,
                        meeting);
                TeacherGroup group = new TeacherGroup(cluster.kafka(), TOPICS.logits());
                TopicEnd logits = new TopicEnd(cluster.kafka(), TOPICS.logits(), MAX_RECORD_BYTES)) {
            // A thread that waits for the other takes no part in a rebalance, so batches are published only after the
            // last one.
            await(
                    stream,
                    () -> group.partitions().values().stream()
                            .map(Set::size)
                            .toList()
                            .equals(List.of(2, 2)));
            CliCall.run(cluster.on(run.command("produce", "--set", "topics.tokens=" + TOPICS.tokens())))
                    .requireSuccess();
            await(stream, logits::isComplete);
        }

        assertThat(meeting.threads).hasSize(2);
    }

    private static void await(TeacherStream stream, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(stream.awaitStop(Duration.ofMillis(20)))
                    .as("the stream has stopped")
                    .isFalse();
            assertThat(System.nanoTime()).as("time").isLessThan(deadline);
        }
    }

    /** Keeps each thread within its first batch until another one is within a batch too. */
    private static final class Meeting implements TeachListener {
        private final CyclicBarrier barrier = new CyclicBarrier(2);
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

        @Override
        public void onBatch(int tokens, int kept, int bytes) {
            if (threads.add(Thread.currentThread())) {
                try {
                    barrier.await(30, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new IllegalStateException("no other thread teaches at the same time", e);
                }
            }
        }
    }
}
