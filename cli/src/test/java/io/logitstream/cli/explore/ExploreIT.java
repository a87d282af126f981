package io.logitstream.cli.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.Repository;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.exploration.plan.ExplorationPlans;
import io.logitstream.files.FolderLock;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.teacher.served.standin.ServedWeights;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An exploration of two axes, continued with more students and with another plan. */
@ExtendWith(SharedCluster.class)
class ExploreIT {
    private static final String PLAN = """
      axes:
        selection.topK: [2, 8]
        loss.kind: [nll, mse%s]
      mode: grid
      runs: {lm: {loss.alpha: 0}}
      seeds: [1, 2]
      """;

    @TempDir
    private static Path folder;

    private static TinyExploration tiny;

    @BeforeAll
    static void explore(Cluster cluster) throws IOException {
        tiny = TinyExploration.of(TinyRun.create(folder.resolve("run")), folder, "out");
        tiny.write(PLAN.formatted(""));
        CliCall.run(cluster.on(tiny.command())).requireSuccess();
    }

    /** A copy of the finished exploration with another plan. */
    private static TinyExploration continued(String name, String plan) throws IOException {
        TinyExploration copy = TinyExploration.of(tiny.run(), Files.createDirectories(folder.resolve(name)), "out");
        PathUtils.copyDirectory(tiny.out(), copy.out());
        copy.write(plan);
        return copy;
    }

    @Test
    void theDryRunSaysWhatItTakes() {
        TinyExploration fresh = new TinyExploration(tiny.run(), tiny.plan(), folder.resolve("none"));

        CliCall call = CliCall.run(fresh.command("--dry-run")).requireSuccess();

        assertThat(call.out())
                .contains(
                        "tiny: 5 variants, 10 runs, of which 0 are finished",
                        "teacher      1 pass",
                        "top-0.95-8",
                        "cut to k 2",
                        "topK=8,kind=mse",
                        "time         about",
                        "disk         about");
        assertThat(fresh.out()).doesNotExist();
    }

    @Test
    void oneTeacherPassServesAllRuns() throws Exception {
        JsonNode results = tiny.results();
        assertThat(results.get("topics")).hasSize(1);
        JsonNode topic = results.at("/topics/0");
        assertThat(topic.get("teacherForwards").asLong())
                .isEqualTo(topic.at("/size/batches").asLong())
                .isGreaterThan(50)
                .isEqualTo(results.get("teacherForwardsNow").asLong());
        assertThat(topic.at("/size/cut/top-0.95-2").asDouble())
                .isPositive()
                .isLessThan(topic.at("/size/diskBytes").asDouble());
        assertThat(tiny.checkpoints()).isZero();
    }

    @Test
    void theResultsHaveEachRunAndVariant() throws Exception {
        JsonNode results = tiny.results();

        assertThat(results.get("runs"))
                .hasSize(10)
                .allMatch(one -> one.get("state").asText().equals("finished"));
        JsonNode variant = results.at("/variants/0");
        assertThat(variant.get("name").asText()).isEqualTo("topK=2,kind=nll");
        assertThat(variant.at("/metrics/loss/count").asInt()).isEqualTo(2);
        double first = tiny.state(variant.at("/runs/1").asText())
                .at("/evaluation/loss")
                .asDouble();
        double second = tiny.state(variant.at("/runs/2").asText())
                .at("/evaluation/loss")
                .asDouble();
        assertThat(variant.at("/metrics/loss/mean").asDouble()).isEqualTo((first + second) / 2);
        assertThat(variant.at("/differences/loss/seeds").asInt()).isEqualTo(2);
        assertThat(variant.get("baseline").asText()).isEqualTo("lm");
        assertThat(results.at("/variants/4/differences")).isEmpty();
        assertThat(Files.readAllLines(tiny.out().resolve("tiny/results.csv")))
                .hasSize(11)
                .first()
                .asString()
                .startsWith("id,variant,seed,state,loss,")
                .contains("loss.kind", "student.layers");
        assertThat(Files.readAllLines(tiny.out().resolve("tiny/variants.csv"))).hasSize(6);
        assertThat(tiny.out().resolve("tiny/report.html")).isNotEmptyFile();
        assertThat(tiny.out()
                        .resolve("runs")
                        .resolve(tiny.state(variant.at("/runs/1").asText())
                                .get("folder")
                                .asText()))
                .isDirectoryContaining("glob:**/model.safetensors")
                .isDirectoryContaining("glob:**/metrics.jsonl")
                .isDirectoryContaining("glob:**/tensorboard");
    }

    @Test
    void oneMoreStudentCostsNoTeacherForward(Cluster cluster) throws Exception {
        TinyExploration more = continued("more", PLAN.formatted(", jsd").replace("seeds: [1, 2]", "seeds: [1]"));
        Map<String, FileTime> before = more.finished();

        CliCall call = CliCall.run(cluster.on(more.command())).requireSuccess();

        assertThat(call.out()).contains("7 of 7 runs are finished; the teacher computed 0 batches in this call");
        assertThat(before).hasSize(10);
        assertThat(more.finished()).hasSize(12).containsAllEntriesOf(before);
        assertThat(more.results().get("teacherForwardsNow").asLong()).isZero();
    }

    @Test
    void whatIsFinishedNeedsNoCluster() throws Exception {
        CliCall call =
                CliCall.run(continued("same", PLAN.formatted("")).command()).requireSuccess();

        assertThat(call.err()).contains("all runs are finished").doesNotContain("starting a broker");
        assertThat(call.out()).contains("topK=8,kind=mse", "0 batches");
    }

    @Test
    void anotherPlanInTheFolderRepeatsNothingThatIsShared() throws Exception {
        TinyExploration shared = continued("shared", PLAN.formatted("").replace("seeds: [1, 2]", "seeds: [1]"));
        byte[] ofTheFirst = Files.readAllBytes(shared.out().resolve("tiny/results.json"));
        Map<String, FileTime> before = shared.finished();

        CliCall call = CliCall.run(shared.command(
                        "--plan", "name=other", "--plan", "axes={loss.kind: [nll, mse], selection.topK: [8]}"))
                .requireSuccess();

        assertThat(call.err()).contains("all runs are finished").doesNotContain("starting a broker");
        assertThat(call.out()).contains("3 of 3 runs are finished; the teacher computed 0 batches", "out/other");
        assertThat(shared.finished()).isEqualTo(before);
        assertThat(shared.out().resolve("other"))
                .isDirectoryContaining("glob:**/report.html")
                .isDirectoryContaining("glob:**/results.json")
                .isDirectoryContaining("glob:**/variants.csv");
        assertThat(shared.out().resolve("tiny/results.json")).hasBinaryContent(ofTheFirst);
    }

    @Test
    @SuppressWarnings("try") // The lock is there for the other to find.
    void twoAtOnceInAFolderAreRefused() {
        try (FolderLock lock = FolderLock.acquire(tiny.out())) {
            CliCall.run(tiny.command()).requireFailure(1, tiny.out().toString(), "in use by", "choose another folder");
            CliCall.run(tiny.command("--dry-run")).requireSuccess();
        }
    }

    @Test
    void aRunThatFailsIsNotedAndTheOthersGoOn(Cluster cluster) throws Exception {
        TinyExploration failing = continued(
                "failing",
                PLAN.formatted(", jsd")
                        .replace("seeds: [1, 2]", "seeds: [1]")
                        .replace("runs: {", "runs: {bad: {loss.tail: counts}, good: {loss.alpha: 0.5}, "));

        CliCall call = CliCall.run(cluster.on(failing.command()));

        assertThat(call.code()).isOne();
        assertThat(call.out()).contains("8 of 9 runs are finished");
        assertThat(call.err()).containsPattern("logitstream: bad-seed1-\\w+ has failed: .*its support is not a sample");
        JsonNode bad = failing.results().at("/runs/6");
        assertThat(bad.get("state").asText()).isEqualTo("failed");
    }

    @Test
    void aServedTeacherGivesTheResultsOfItsWeights(Cluster cluster) throws Exception {
        TinyExploration served = TinyExploration.of(tiny.run(), Files.createDirectory(folder.resolve("served")), "out");
        served.write(PLAN.formatted("").replace("seeds: [1, 2]", "seeds: [1]"));
        try (ServedWeights weights = ServedWeights.load(tiny.run().teacher());
                Tokenizer tokenizer = Tokenizer.load(tiny.run().teacher());
                StandInServer server = StandInServer.start(Format.VLLM_GENERATE, weights, tokenizer)) {
            String[] command = served(served, server.url());

            CliCall call = CliCall.run(cluster.on(command)).requireSuccess();

            assertThat(call.out())
                    .contains("5 of 5 runs are finished", "KL of")
                    .containsPattern("the teacher computed \\d\\d+ batches");
        }
        JsonNode topic = served.results().at("/topics/0");
        assertThat(served.results().get("topics")).hasSize(1);
        assertThat(topic.at("/size/cut/top-0.95-2").asDouble())
                .isPositive()
                .isLessThan(topic.at("/size/diskBytes").asDouble());
        assertThat(topic.at("/teacherText/tokens").asLong())
                .isEqualTo(topic.at("/size/predictedTokens").asLong());
        assertThat(topic.at("/teacherText/nats").asDouble()
                        / topic.at("/teacherText/tokens").asDouble())
                .isBetween(3.0, 9.0);
        for (int variant = 0; variant < 5; variant++) {
            JsonNode one = run(served, variant);
            JsonNode other = run(tiny, variant);
            String name = one.get("folder").asText();
            // The baseline without a teacher is the same run.
            assertThat(one.get("id").equals(other.get("id"))).as(name).isEqualTo(variant == 4);
            for (String metric : List.of("loss", "bitsPerByte", "top1Agreement", "calibrationError")) {
                assertThat(one.at("/evaluation/" + metric).asDouble())
                        .as(name + " " + metric)
                        .isCloseTo(other.at("/evaluation/" + metric).asDouble(), within(variant == 4 ? 1e-5 : 0.02));
            }
            assertThat(one.at("/evaluation/keptOnly").asBoolean()).isTrue();
            assertThat(one.at("/evaluation/klToTeacher").asDouble())
                    .as(name + " divergence over 8 kept tokens, also where the student sees 2")
                    .isBetween(0.0, other.at("/evaluation/klToTeacher").asDouble() + 0.02);
            assertThat(one.at("/teacher/loss").asDouble())
                    .isCloseTo(other.at("/teacher/loss").asDouble(), within(1e-4));
        }

        // The server is gone, and would be at another address.
        CliCall again =
                CliCall.run(cluster.on(served(served, "http://127.0.0.1:1"))).requireSuccess();
        assertThat(again.err()).contains("all runs are finished");
        assertThat(again.out()).contains("KL of", "the teacher computed 0 batches");
    }

    private static JsonNode run(TinyExploration exploration, int variant) throws IOException {
        return exploration.state(
                exploration.results().at("/variants/" + variant + "/runs/1").asText());
    }

    private static String[] served(TinyExploration exploration, String url, String... settings) {
        List<String> line = new ArrayList<>(List.of(
                "--set",
                "teach.server.api=vllm",
                "--set",
                "teach.server.model=tiny",
                "--set",
                "teach.server.url=" + url));
        for (String setting : settings) {
            line.addAll(List.of("--set", setting));
        }
        return exploration.command(line.toArray(String[]::new));
    }

    @Test
    void whatAServedTeacherCannotGiveIsRefusedBeforeAnythingIsWritten() {
        TinyExploration fresh = new TinyExploration(tiny.run(), tiny.plan(), folder.resolve("refused"));
        String nobody = "http://127.0.0.1:1";

        CliCall.run(served(fresh, nobody, "loss.adaptiveTemperature=normkd"))
                .requireFailure(2, "variant topK=2,kind=nll", "served teacher", "statistics");
        CliCall.run(served(fresh, nobody, "selection.method=sampled", "selection.topK=null", "selection.draws=4"))
                .requireFailure(2, "variant topK=2,kind=nll");
        CliCall.run(served(fresh, nobody, "teach.server.topLogprobs=4"))
                .requireFailure(2, "variant topK=8,kind=nll", "teach.server.topLogprobs 4");
        CliCall.run(served(fresh, nobody, "teach.server.retrySeconds=1"))
                .requireFailure(1, nobody, "cannot be reached", "teach.server.url");
        assertThat(fresh.out()).doesNotExist();
    }

    @Test
    void aSecondTeacherTakesASecondPass() throws Exception {
        TinyRun.writeTeacher(
                folder.resolve("second"),
                TinyRun.writeTexts(folder.resolve("same-texts"), 20, 1),
                TinyRun.VOCABULARY,
                TinyRun.VOCABULARY,
                8);

        TinyExploration fresh = new TinyExploration(tiny.run(), tiny.plan(), folder.resolve("none"));
        CliCall call = CliCall.run(fresh.command(
                        "--dry-run",
                        "--plan",
                        "mode=grid",
                        "--plan",
                        "runs={}",
                        "--plan",
                        "axes={size: {small: {student.layers: 1}, large: {student.layers: 2}},"
                                + " trained: {lm: {loss.alpha: 0}, pd: {}, second: {teacher: '"
                                + folder.resolve("second") + "'}}}",
                        "--plan",
                        "baseline={trained: lm}",
                        "--plan",
                        "seeds=[1]"))
                .requireSuccess();

        assertThat(call.out()).contains("6 variants, 6 runs", "teacher      2 passes");
    }

    @Test
    void theShippedPlansFitIntoNinetyMinutesOfTwoCores() {
        for (String name : ExplorationPlans.SHIPPED) {
            CliCall call = CliCall.run(
                            "explore",
                            name,
                            "--dry-run",
                            "--set",
                            "teacher=" + teacher(),
                            // A folder that the user makes; the teacher is larger than that.
                            "--plan",
                            name.equals("pruned")
                                    ? "axes.start={noise: {}, pruned: {student: {from: '" + teacher() + "'}}}"
                                    : "name=" + name,
                            "--out",
                            folder.resolve("none").toString())
                    .requireSuccess();

            double operations =
                    Double.parseDouble(call.out().replaceAll("(?s).*students     [\\d,]+ tokens, (\\S+) .*", "$1"));
            assertThat(operations).as(name).isBetween(1e13, 2 * 24e9 * 80 * 60);
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        CliCall.run("explore", "nothing").requireFailure(2, "nothing", "truncation");
        CliCall.run(tiny.command("--dry-run", "--set", "loss.kinds=nll")).requireFailure(2, "loss.kinds");
        CliCall.run(tiny.command("--dry-run", "--set", "training.seed=2")).requireFailure(2, "the plan's seeds");
        CliCall.run(tiny.command("--dry-run", "--plan", "name=runs")).requireFailure(2, "cannot be called 'runs'");
        CliCall.run(
                        "explore",
                        tiny.plan().toString(),
                        "--out",
                        tiny.run().corpus().toString())
                .requireFailure(2, "no exploration");
    }

    private static String teacher() {
        return Repository.root().resolve("teachers/java-4m").toString();
    }
}
