package io.logitstream.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.student.training.TrainingListener;
import io.logitstream.student.training.TrainingStoppedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A topic that is recreated or gets more partitions stops its students with one line; none waits for ever. */
@ExtendWith(SharedCluster.class)
class TopicChangesIT {
    private static final TrainingListener NOTHING = new TrainingListener() {};

    @TempDir
    private Path folder;

    @Test
    void partitionsThatWereAddedToACompleteTopicAreNamed(Cluster cluster) throws Exception {
        TinyRun run = TinyRun.create(folder.resolve("run"));
        String[] settings = {
            "--set", "topics.tokens=grown", "--set", "topics.heldOut=grown", "--set", "topics.partitions=2"
        };
        CliCall.run(cluster.on(with(run.command("produce"), settings))).requireSuccess();
        try (Admin admin = Admin.create(cluster.kafka().admin())) {
            admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(3)))
                    .all()
                    .get();
        }

        Path model = Files.createDirectories(folder.resolve("model"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(run.teacher().resolve(name), model.resolve(name));
        }

        CliCall trained = CliCall.run(cluster.on(with(
                run.command(
                        "train",
                        "--topic",
                        "grown",
                        "--alpha",
                        "0",
                        "--out",
                        folder.resolve("student").toString()),
                settings)));
        CliCall evaluated = CliCall.run(cluster.on(with(run.command("evaluate", model.toString()), settings)));

        for (CliCall call : List.of(trained, evaluated)) {
            assertThat(call.err())
                    .contains(
                            " is empty, but those that hold records end with an end-of-corpus marker",
                            "topic grown: partition ",
                            "partitions were added",
                            "publish the corpus into a new topic");
            assertThat(call.code()).as(call.err()).isEqualTo(1);
        }
    }

    @Test
    void aTopicThatWasMadeAgainIsNotContinued(Cluster cluster) throws Exception {
        TrainedTopic topic = TrainedTopic.create(cluster, TinyRun.create(folder.resolve("run")), "remade");
        Path out = folder.resolve("student");
        int[] questions = {10};
        assertThatThrownBy(() -> topic.train(out, "{}", new TrainingListener() {
                    @Override
                    public boolean stopRequested() {
                        return questions[0]-- <= 0;
                    }
                }))
                .isInstanceOf(TrainingStoppedException.class);
        try (Stream<Path> checkpoints = Files.list(out.resolve("checkpoints"))) {
            assertThat(Files.readString(checkpoints.findFirst().orElseThrow().resolve("training.json")))
                    .contains("\"partitions\"", "\"id\"");
        }
        int partitions;
        try (Admin admin = Admin.create(cluster.kafka().admin())) {
            partitions = admin.describeTopics(List.of(topic.logits()))
                    .allTopicNames()
                    .get()
                    .get(topic.logits())
                    .partitions()
                    .size();
            admin.deleteTopics(List.of(topic.logits())).all().get();
            // The name can be reused only after all brokers have deleted the topic.
            while (admin.listTopics().names().get().contains(topic.logits())) {
                CliProcess.pause(20);
            }
            TopicAdmin.ensure(admin, new TopicSettings(topic.logits(), partitions, null, 4_000_000, -1L));
        }

        assertThatThrownBy(() -> topic.train(out, "{}", NOTHING))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("topic remade-logits was deleted and recreated", "new output folder")
                .hasMessageNotContaining("retention");
    }

    private static String[] with(String[] command, String... more) {
        String[] all = Arrays.copyOf(command, command.length + more.length);
        System.arraycopy(more, 0, all, command.length, more.length);
        return all;
    }
}
