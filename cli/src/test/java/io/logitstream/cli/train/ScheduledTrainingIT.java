package io.logitstream.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.model.LanguageModels;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Scheduled actions during training, and settings that may change when a run is continued. */
@ExtendWith(SharedCluster.class)
class ScheduledTrainingIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TrainingListener NOBODY = new TrainingListener() {};
    private static final String PLAIN = "\"tokens\":3000,\"checkpointSteps\":5,\"shuffleWindow\":3";
    private static final String SCHEDULED = "{" + PLAIN + ",\"evaluateSteps\":4,\"exportSteps\":3,\"keepExports\":2}";

    /** Ends a run after its thirteenth step, like a crash. */
    private static final TrainingListener CRASH = new TrainingListener() {
        @Override
        public void onStep(StepMetrics metrics, long lag) {
            if (metrics.step() == 13) {
                throw new IllegalStateException("crash");
            }
        }
    };

    @TempDir
    private static Path folder;

    private static TrainedTopic topic;

    @BeforeAll
    static void teach(Cluster cluster) throws IOException {
        topic = TrainedTopic.create(cluster, TinyRun.create(folder.resolve("run")), "scheduled");
        CliCall.run(topic.command("produce", "--held-out")).requireSuccess();
    }

    @Test
    void evaluationsAndExportsChangeNothingAboutTheStudent() throws Exception {
        topic.train(folder.resolve("plain"), "{" + PLAIN + "}", NOBODY);
        topic.train(folder.resolve("evaluated"), SCHEDULED, NOBODY);
        assertThatThrownBy(() -> topic.train(folder.resolve("crashed"), SCHEDULED, CRASH))
                .hasMessage("crash");
        topic.train(folder.resolve("crashed"), SCHEDULED, NOBODY);

        RunOutcome.Student plain = RunOutcome.Student.read(folder.resolve("plain"));
        RunOutcome.Student evaluated = RunOutcome.Student.read(folder.resolve("evaluated"));
        assertThat(RunOutcome.Student.read(folder.resolve("crashed"))).isEqualTo(evaluated);
        assertThat(evaluated.weights()).isEqualTo(plain.weights());
        List<String> withoutEvaluation = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (JsonNode line : lines("evaluated")) {
            if (((ObjectNode) line).remove("heldOut") != null) {
                steps.add(line.get("step").asLong());
            }
            withoutEvaluation.add(line.toString());
        }
        assertThat(withoutEvaluation).isEqualTo(plain.metrics());
        int last = withoutEvaluation.size();
        assertThat(steps).startsWith(4L, 8L, 12L, 16L).endsWith((long) last).hasSize((last + 3) / 4);
        assertThat(Files.readSymbolicLink(folder.resolve("crashed/exports/latest")))
                .hasToString(String.format("step-%09d", last));
        try (Stream<Path> exports = Files.list(folder.resolve("crashed/exports"))) {
            assertThat(exports).hasSize(3);
        }
        LanguageModels.load(folder.resolve("crashed/exports/latest"), "cpu").close();
    }

    @Test
    void theNumbersAreThoseOfEvaluate() throws Exception {
        Path out = folder.resolve("numbers");
        CliCall training = CliCall.run(topic.command(
                "train",
                "--out",
                out.toString(),
                "--set",
                "training.tokens=2000",
                "--set",
                "training.evaluateSteps=6"));
        training.requireSuccess();
        JsonNode later = JSON.readTree(CliCall.run(topic.command("evaluate", "--json", out.toString()))
                        .requireSuccess()
                        .out())
                .get("numbers");

        List<JsonNode> lines = lines("numbers");
        JsonNode heldOut = lines.get(lines.size() - 1).get("heldOut");

        for (String number : List.of("loss", "perplexity", "bitsPerByte", "calibrationError")) {
            assertThat(heldOut.get(number).asDouble())
                    .as(number)
                    .isCloseTo(
                            later.get(number).asDouble(),
                            within(1e-4 * later.get(number).asDouble()));
        }
        assertThat(training.err() + training.out()).contains("numbers step 6: held-out loss ");
    }

    @Test
    void heldOutDocumentsThatAreReadInAnotherWayThanAskedForAreRefused() throws IOException {
        String out = folder.resolve("documents").toString();
        Path model = Files.createDirectory(folder.resolve("model"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(topic.run().teacher().resolve(file), model.resolve(file));
        }

        CliCall.run(topic.command(
                        "train",
                        "--out",
                        out,
                        "--set",
                        "training.tokens=1000",
                        "--set",
                        "training.evaluateSteps=5",
                        "--set",
                        "heldOut.documents=isolated"))
                .requireFailure(1, "are joined, but corpus.documents is isolated");
        CliCall.run(topic.command("evaluate", "--set", "corpus.documents=isolated", model.toString()))
                .requireFailure(1, "are joined, but corpus.documents is isolated");
    }

    @Test
    void withoutHeldOutTextItTrainsAllTheSameAndSaysSo(Cluster cluster) throws Exception {
        Path out = folder.resolve("nothing-held-out");

        CliCall call = CliCall.run(topic.command(
                "train",
                "--out",
                out.toString(),
                "--set",
                "training.tokens=1000",
                "--set",
                "training.evaluateSteps=5",
                "--set",
                "topics.heldOut=scheduled-nothing"));

        call.requireSuccess();
        assertThat(call.err()).contains("topic scheduled-nothing is not complete", "training.evaluateSteps");
        assertThat(lines("nothing-held-out")).noneMatch(line -> line.has("heldOut"));
    }

    @Test
    void aSecondStageContinuesAtALongerContextWithMomentsAndAScheduleOfItsOwn(Cluster cluster) throws Exception {
        CliCall.run(topic.command(
                        "train", "--out", folder.resolve("short").toString(), "--set", "training.tokens=3000"))
                .requireSuccess();
        TrainedTopic longer = TrainedTopic.create(cluster, topic.run(), "longer", "--set", "corpus.contextLength=64");

        CliCall.run(longer.command(
                        "train",
                        "--student",
                        "long",
                        "--out",
                        folder.resolve("long").toString(),
                        "--set",
                        "training.tokens=3000",
                        "--set",
                        "students.long.student={from: '" + folder.resolve("short")
                                + "', ropeTheta: 50000, ropeScaling: {type: yarn}}"))
                .requireSuccess();

        JsonNode config = JSON.readTree(folder.resolve("long/config.json").toFile());
        assertThat(config.get("max_position_embeddings").asInt()).isEqualTo(64);
        assertThat(config.get("rope_theta").asDouble()).isEqualTo(50000);
        assertThat(config.at("/rope_scaling/rope_type").asText()).isEqualTo("yarn");
        assertThat(config.at("/rope_scaling/factor").asDouble()).isEqualTo(2);
        assertThat(config.at("/rope_scaling/original_max_position_embeddings").asInt())
                .isEqualTo(32);
        JsonNode first = lines("short").get(0);
        JsonNode second = lines("long").get(0);
        assertThat(second.get("lm").asDouble()).isLessThan(first.get("lm").asDouble() - 0.05);
        assertThat(second.get("step").asInt()).isEqualTo(1);
        assertThat(second.get("learningRate").asDouble())
                .isEqualTo(first.get("learningRate").asDouble());
    }

    @Test
    void aRoutedStudentSaysTheShareOfItsTokensAtEachStep() throws Exception {
        CliCall.run(topic.command(
                        "train",
                        "--out",
                        folder.resolve("routed").toString(),
                        "--set",
                        "training.tokens=500",
                        "--set",
                        "loss.routing={by: position, above: 7}"))
                .requireSuccess();

        assertThat(lines("routed"))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.get("routed").asDouble()).isEqualTo(0.75))
                .allSatisfy(line -> assertThat(line.get("kd").asDouble()).isPositive());
    }

    @Test
    void otherWeightsOfACorpusApplyFromACheckpointOnAndAreRemembered() throws Exception {
        String less = "{" + PLAIN + ",\"corpora\":{\"tiny\":0.5}}";
        for (String name : List.of("less", "less-again")) {
            assertThatThrownBy(() -> topic.train(folder.resolve(name), "{" + PLAIN + "}", CRASH))
                    .hasMessage("crash");
            topic.train(folder.resolve(name), less, NOBODY);
        }
        topic.train(folder.resolve("unchanged"), "{" + PLAIN + "}", NOBODY);

        RunOutcome.Student changed = RunOutcome.Student.read(folder.resolve("less"));
        RunOutcome.Student unchanged = RunOutcome.Student.read(folder.resolve("unchanged"));
        assertThat(RunOutcome.Student.read(folder.resolve("less-again"))).isEqualTo(changed);
        assertThat(changed.metrics().subList(0, 10))
                .isEqualTo(unchanged.metrics().subList(0, 10));
        assertThat(changed.metrics()).isNotEqualTo(unchanged.metrics());
        JsonNode changes = last("less").get("corpora");
        assertThat(changes).hasSize(1);
        assertThat(changes.get(0).get("step").asLong()).isEqualTo(10);
        assertThat(changes.get(0).get("offsets")).hasSize(4);
        assertThat(changes.get(0).get("weights").get("tiny").asDouble()).isEqualTo(0.5);
    }

    private static JsonNode last(String name) throws IOException {
        try (Stream<Path> checkpoints = Files.list(folder.resolve(name).resolve("checkpoints"))) {
            return JSON.readTree(checkpoints
                    .max(Path::compareTo)
                    .orElseThrow()
                    .resolve("training.json")
                    .toFile());
        }
    }

    private static List<JsonNode> lines(String name) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(name).resolve("metrics.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }
}
