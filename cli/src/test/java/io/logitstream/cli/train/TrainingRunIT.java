package io.logitstream.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Order of the data, concurrent students, and the causes that stop a run. */
@ExtendWith(SharedCluster.class)
class TrainingRunIT {
    private static final TrainingListener NOBODY = new TrainingListener() {};

    /** Ends a run after its tenth step, like a crash. */
    private static final TrainingListener CRASH = new TrainingListener() {
        @Override
        public void onStep(StepMetrics metrics, long lag) {
            if (metrics.step() == 10) {
                throw new IllegalStateException("crash");
            }
        }
    };

    @TempDir
    private static Path folder;

    private static TinyRun run;
    private static TrainedTopic topic;

    @BeforeAll
    static void teach(Cluster cluster) throws IOException {
        run = TinyRun.create(folder.resolve("run"));
        topic = TrainedTopic.create(cluster, run, "training");
    }

    @Test
    void aSlowStudentDoesNotHoldUpAnother() throws Exception {
        CountDownLatch othersAreDone = new CountDownLatch(1);
        CompletableFuture<Void> slow = CompletableFuture.runAsync(() -> train("slow", "{}", new TrainingListener() {
            @Override
            public void onStep(StepMetrics metrics, long lag) {
                await(othersAreDone);
            }
        }));

        train("fast", "{}", NOBODY);
        othersAreDone.countDown();
        slow.get(60, TimeUnit.SECONDS);

        assertThat(RunOutcome.Student.read(folder.resolve("slow")))
                .isEqualTo(RunOutcome.Student.read(folder.resolve("fast")));
    }

    @Test
    void aStudentWithLearningRateZeroIsItsStartAndContinuesWithNoOtherStart() throws IOException {
        Path out = folder.resolve("started");
        Path moved = folder.resolve("moved");
        Path other = folder.resolve("other-start");
        TinyRun.writeTeacher(other, TinyRun.writeTexts(folder.resolve("texts"), 20, 1), 400, 400, 8);

        CliCall.run(started(out, run.teacher())).requireSuccess();

        try (LanguageModel student = LanguageModels.load(out, "cpu");
                LanguageModel start = LanguageModels.load(run.teacher(), "cpu")) {
            assertThat(student.weights().keySet()).isEqualTo(start.weights().keySet());
            student.weights()
                    .forEach((name, weight) -> assertThat(
                                    weight.contentEquals(start.weights().get(name)))
                            .as(name)
                            .isTrue());
        }
        Files.createDirectories(moved);
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(run.teacher().resolve(file), moved.resolve(file));
        }
        CliCall.run(started(out, moved)).requireSuccess();
        CliCall.run(started(out, other)).requireFailure(2, "student.from was ");
    }

    private static String[] started(Path out, Path start) {
        return topic.command(
                "train",
                "--out",
                out.toString(),
                "--student",
                "started",
                "--set",
                "students.started.student.from=" + start,
                "--set",
                "training.learningRate=0",
                "--set",
                "training.tokens=512");
    }

    @Test
    void aShuffleWindowChangesTheOrderAndNothingElse() throws IOException {
        train("in-order", "{}", NOBODY);
        train("shuffled", "{\"shuffleWindow\":16}", NOBODY);
        train("shuffled-again", "{\"shuffleWindow\":16}", NOBODY);
        train("other-seed", "{\"shuffleWindow\":16,\"seed\":2}", NOBODY);

        List<JsonNode> inOrder = metrics("in-order");
        List<JsonNode> shuffled = metrics("shuffled");
        assertThat(shuffled).hasSameSizeAs(inOrder);
        assertThat(shuffled.get(shuffled.size() - 1).get("tokens"))
                .isEqualTo(inOrder.get(inOrder.size() - 1).get("tokens"));
        assertThat(shuffled).isNotEqualTo(inOrder).isNotEqualTo(metrics("other-seed"));
        assertThat(metrics("shuffled-again")).isEqualTo(shuffled);
    }

    @Test
    void recomputedActivationsGiveTheSameStudent() throws IOException {
        train("kept", "{\"tokens\":2000}", NOBODY);
        train("recomputed", "{\"tokens\":2000,\"recompute\":true}", NOBODY);

        assertThat(RunOutcome.Student.read(folder.resolve("recomputed")))
                .isEqualTo(RunOutcome.Student.read(folder.resolve("kept")));
    }

    @Test
    void recordsThatRetentionHasDeletedStopTheRun(Cluster cluster) throws Exception {
        TrainedTopic deleted = TrainedTopic.create(cluster, run, "deleted");
        String training = "{\"checkpointSteps\":5,\"shuffleWindow\":3}";
        Path out = folder.resolve("deleted");
        assertThatThrownBy(() -> deleted.train(out, training, CRASH)).hasMessage("crash");
        try (Admin admin = Admin.create(cluster.kafka().admin())) {
            admin.deleteRecords(Map.of(new TopicPartition(deleted.logits(), 0), RecordsToDelete.beforeOffset(12)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }

        assertThatThrownBy(() -> deleted.train(out, training, NOBODY))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(deleted.logits(), "deleted by retention", "new output folder");

        assertThat(out.resolve("checkpoints/step-000000005")).isDirectory();
    }

    @Test
    void aLossThatIsNoNumberStopsTheRunAtItsBatchAndKeepsTheCheckpoint() {
        Path out = folder.resolve("diverged");

        CliCall call = CliCall.run(topic.command(
                "train",
                "--out",
                out.toString(),
                "--set",
                "training.learningRate=1e38",
                "--set",
                "training.schedule={kind: constant, warmup: 0}",
                "--set",
                "training.checkpointSteps=1"));

        assertThat(call.code()).isEqualTo(1);
        assertThat(call.err().lines())
                .last()
                .asString()
                .startsWith("logitstream: step 2: the loss or its gradient is not")
                .contains(
                        "finite at training-logits-",
                        "(tiny/",
                        "last good checkpoint is",
                        "step-000000001",
                        "training.learningRate");
        assertThat(out.resolve("checkpoints/step-000000001/model.safetensors")).exists();
    }

    @Test
    void aNamedStudentHasWhatDiffersFromTheTopLevel() throws IOException {
        String[] students = {
            "--set",
            "students={small: {student: {hiddenSize: 16}, loss: {kind: jsd, alpha: 0.5}}}",
            "--set",
            "training.tokens=1000"
        };

        CliCall.run(topic.command(
                        "train",
                        concat(
                                students,
                                "--student",
                                "small",
                                "--out",
                                folder.resolve("small").toString())))
                .requireSuccess();
        CliCall unknown = CliCall.run(topic.command(
                "train",
                concat(
                        students,
                        "--student",
                        "large",
                        "--out",
                        folder.resolve("large").toString())));

        JsonNode config =
                new ObjectMapper().readTree(folder.resolve("small/config.json").toFile());
        assertThat(config.get("hidden_size").asInt()).isEqualTo(16);
        assertThat(config.get("intermediate_size").asInt()).isEqualTo(48);
        assertThat(metrics("small").get(0).get("alpha").asDouble()).isEqualTo(0.5);
        unknown.requireFailure(2, "--student large", "small");
    }

    private static String[] concat(String[] first, String... second) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(second));
        return all.toArray(String[]::new);
    }

    private static void train(String name, String training, TrainingListener listener) {
        try {
            topic.train(folder.resolve(name), training, listener);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<JsonNode> metrics(String name) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(name).resolve("metrics.jsonl"))) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }
}
