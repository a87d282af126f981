package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.online.EmittedLogitsWriter;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two trainings that emit their logits to the same topic. */
@ExtendWith(SharedCluster.class)
class EmittedLogitsIT {
    private static final String TOPIC = "two-writers";
    private static final int VOCABULARY = 20;
    private static final int MAX_RECORD_BYTES = TopicSettings.DEFAULT_MAX_RECORD_BYTES;

    @Test
    void theLaterOneWritesAndTheEarlierOneIsShutOut(Cluster cluster) {
        Torch.start(1);
        try (Admin admin = Admin.create(cluster.kafka().admin())) {
            TopicAdmin.ensure(admin, TopicSettings.named(TOPIC));
        }
        EmittedLogitsWriter zombie = start(cluster, "a", 0);
        step(zombie, 1);
        zombie.commit();
        step(zombie, 2);

        try (EmittedLogitsWriter later = start(cluster, "a", 1)) {
            assertThatThrownBy(() -> {
                        step(zombie, 3);
                        zombie.commit();
                    })
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(TOPIC, "another training writes its logits");
            zombie.close();
            step(later, 2);
            step(later, 3);
            later.finish(3, 9);
        }

        assertThat(TopicKeys.read(cluster.kafka(), TOPIC).stream()
                        .map(TopicKeys.Entry::key)
                        .filter(key -> !key.endsWith("end")))
                .containsExactlyInAnyOrder("c/00000/0000001", "c/00000/0000002", "c/00000/0000003");
        assertThatThrownBy(() -> start(cluster, "b", 0))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("made by teacher learner (aaaaaaaaaaaa)");
        assertThatThrownBy(() -> start(cluster, "a", 4))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("up to training step 3", "checkpoint is at step 4");
        try (EmittedLogitsWriter again = start(cluster, "a", 0)) {
            step(again, 1);
            assertThatThrownBy(() -> {
                        step(again, 2, 7);
                        again.commit();
                    })
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("was not written by this run");
        }
    }

    private static EmittedLogitsWriter start(Cluster cluster, String hash, long step) {
        return EmittedLogitsWriter.start(
                cluster.kafka(),
                TOPIC,
                new EmittedLogitsWriter.Settings(
                        "learner",
                        hash.repeat(64),
                        new SelectionConfig(null, 5),
                        "compact-1",
                        "cpu",
                        VOCABULARY,
                        "f".repeat(64)),
                step,
                MAX_RECORD_BYTES,
                (tokens, kept, bytes) -> {});
    }

    private static void step(EmittedLogitsWriter writer, int step) {
        step(writer, step, step);
    }

    private static void step(EmittedLogitsWriter writer, int step, int batch) {
        TokenBatch tokens = new TokenBatch(
                "c",
                0,
                batch,
                1,
                4,
                TokenBatches.bytes(new int[] {1, 2, 3, 4}),
                "0".repeat(64),
                VOCABULARY,
                null,
                null);
        writer.begin(tokens, step % TopicSettings.DEFAULT_PARTITIONS, step);
        try (NDManager scope = Torch.newScope("cpu")) {
            writer.add(scope.zeros(new Shape(3, VOCABULARY)));
        }
        writer.endStep();
    }
}
