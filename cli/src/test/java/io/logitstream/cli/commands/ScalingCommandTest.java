package io.logitstream.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.run.ExplorationFolder;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.student.evaluation.Evaluation;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScalingCommandTest {
    private static final double TEACHER = 3.5;

    @TempDir
    private Path folder;

    private ExplorationFolder exploration;
    private final Random random = new Random(1);

    @BeforeEach
    void create() {
        exploration = ExplorationFolder.of(folder).create();
    }

    @Test
    void lawsAndAdviceComeFromTheFinishedRuns() throws Exception {
        for (long parameters : new long[] {250_000, 400_000, 1_100_000, 2_400_000}) {
            for (long tokens : new long[] {100_000, 200_000, 400_000, 800_000}) {
                save(parameters, tokens, alone(parameters, tokens), null);
                save(
                        parameters,
                        tokens,
                        distilled(parameters, tokens),
                        new SupportRule("ordered", 0.95, 50, null, null));
            }
        }

        CliCall call = CliCall.run("scaling", folder.toString(), "--parameters", "700000", "--tokens", "300000")
                .requireSuccess();

        assertThat(call.out())
                .contains(
                        "text alone: E + A / N^alpha + B / D^beta, 16 runs",
                        "distilled: L_T + (A'",
                        "a student of 700,000 parameters on 300,000 tokens");
        JsonNode saved =
                new ObjectMapper().readTree(folder.resolve("scaling.json").toFile());
        JsonNode advice = saved.at("/advice/0");
        assertThat(alone(700_000, 300_000))
                .isBetween(
                        advice.at("/alone/low").asDouble() - 0.01,
                        advice.at("/alone/high").asDouble() + 0.01);
        assertThat(distilled(700_000, 300_000))
                .isBetween(
                        advice.at("/distilled/low").asDouble() - 0.01,
                        advice.at("/distilled/high").asDouble() + 0.01);
        assertThat(saved.at("/distilled/0/runs")).hasSize(16);
    }

    @Test
    void tooFewRunsAreRefusedWithWhatWouldBeEnough() {
        save(250_000, 100_000, 6, null);

        CliCall.run("scaling", folder.toString()).requireFailure(2, "at least 7 finished runs", "three sizes");
        CliCall.run("scaling", folder.resolve("none").toString()).requireFailure(2, "not the folder of an exploration");
        CliCall.run("scaling", folder.toString(), "--tokens", "5").requireFailure(2, "--parameters and --tokens");
    }

    private static double alone(double parameters, double tokens) {
        return 2.5 + 400 / Math.pow(parameters, 0.4) + 60 / Math.pow(tokens, 0.33);
    }

    private static double distilled(double parameters, double tokens) {
        return TEACHER + Math.pow(120 / Math.pow(parameters, 0.35) + 60 / Math.pow(tokens, 0.33), 0.9);
    }

    private void save(long parameters, long tokens, double loss, SupportRule support) {
        double noisy = loss * Math.exp(0.002 * random.nextGaussian());
        String id = (support == null ? "lm" : "pd") + parameters + "-" + tokens;
        exploration.save(new RunRecord(
                id,
                id,
                1,
                Map.of(
                        "loss.alpha",
                        support == null ? 0.0 : 0.9,
                        "training.tokens",
                        (double) tokens,
                        "student.hiddenSize",
                        parameters / 1e4),
                "topic",
                null,
                null,
                support,
                parameters,
                1,
                1,
                1L,
                tokens,
                null,
                evaluation(noisy),
                evaluation(TEACHER),
                Map.of()));
    }

    private static Evaluation evaluation(double loss) {
        return new Evaluation(loss, Math.exp(loss), loss, 0, 0, 0, 1, 1);
    }
}
