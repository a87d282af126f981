package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A distillation that is killed with SIGKILL in each stage and restarted gives the same results as an undisturbed one.
 * Each kill is triggered by the output of a stage, plus a random delay.
 */
class DistillKillIT {
    @TempDir
    private static Path folder;

    private static TinyRun run;
    private static RunOutcome undisturbed;

    @BeforeAll
    static void distillUndisturbed() throws Exception {
        run = TinyRun.create(folder.resolve("run"));
        Path out = folder.resolve("undisturbed");
        try (CliProcess process = start(out)) {
            process.awaitSuccess();
        }
        undisturbed = RunOutcome.read(out);
    }

    @Test
    void anUndisturbedRunHoldsEachBatchOnce() {
        assertThat(undisturbed.tokens().stream().filter(entry -> !entry.key().endsWith("/end")))
                .extracting(TopicKeys.Entry::key)
                .doesNotHaveDuplicates()
                .hasSizeGreaterThan(100);
        assertThat(keys(undisturbed.logits())).isEqualTo(keys(undisturbed.tokens()));
        assertThat(undisturbed.pd().metrics())
                .hasSameSizeAs(undisturbed.lm().metrics())
                .hasSize(undisturbed.tokens().size() - 4);
    }

    @ParameterizedTest
    @ValueSource(longs = 1)
    void killedInEachStageItEndsAsIfUndisturbed(long seed) throws Exception {
        Random random = new Random(seed);
        Path out = folder.resolve("killed-" + seed);

        kill(out, random.nextInt(600), "starts its cluster", () -> Files.exists(out.resolve("kafka")));
        kill(out, random.nextInt(100), "publishes", () -> bytesOf(out, "tokens") > 0);
        kill(out, random.nextInt(300), "teaches", () -> bytesOf(out, "logits") > 0);
        int step = 20 * (1 + random.nextInt(3));
        kill(
                out,
                random.nextInt(300),
                "trains",
                () -> Files.exists(checkpoint(out, "pd", step)) || Files.exists(checkpoint(out, "lm", step)));
        kill(
                out,
                random.nextInt(200),
                "evaluates",
                () -> Stream.of("pd", "lm")
                        .allMatch(name -> Files.exists(
                                out.resolve("students").resolve(name).resolve("model.safetensors"))));
        try (CliProcess process = start(out)) {
            process.awaitSuccess();
        }

        RunOutcome outcome = RunOutcome.read(out);
        assertThat(outcome.tokens()).isEqualTo(undisturbed.tokens());
        assertThat(outcome.logits()).isEqualTo(undisturbed.logits());
        assertThat(outcome.heldOut()).isEqualTo(undisturbed.heldOut());
        assertThat(outcome.pd()).isEqualTo(undisturbed.pd());
        assertThat(outcome.lm()).isEqualTo(undisturbed.lm());
        assertThat(outcome.summary()).isEqualTo(undisturbed.summary());
    }

    @Test
    void stoppedBySigtermInEachStageItContinuesAsIfUndisturbed() throws Exception {
        Path out = folder.resolve("stopped");

        assertThat(stop(out, "teaches", () -> bytesOf(out, "logits") > 0))
                .contains("; run the same command again to continue");
        String told = stop(
                out,
                "trains",
                () -> Files.exists(checkpoint(out, "pd", 20)) && Files.exists(checkpoint(out, "lm", 20)));
        assertThat(told)
                .matches(
                        "logitstream: stopped at step \\d+ of \\w+, \\d+ of \\w+; run the same command again to continue");
        try (CliProcess process = start(out)) {
            process.awaitSuccess();
        }

        RunOutcome outcome = RunOutcome.read(out);
        assertThat(outcome.logits()).isEqualTo(undisturbed.logits());
        assertThat(outcome.pd()).isEqualTo(undisturbed.pd());
        assertThat(outcome.lm()).isEqualTo(undisturbed.lm());
        assertThat(outcome.summary()).isEqualTo(undisturbed.summary());
    }

    /** Starts the run, waits for the output of a stage and sends SIGTERM. */
    private static String stop(Path out, String stage, Sign sign) throws Exception {
        try (CliProcess process = start(out)) {
            await(process, stage, sign);
            return process.terminate();
        }
    }

    private interface Sign {
        boolean isThere() throws IOException;
    }

    /** Starts the run, waits for the output of a stage and some milliseconds, and kills it. */
    private static void kill(Path out, int milliseconds, String stage, Sign sign) throws IOException {
        try (CliProcess process = start(out)) {
            await(process, stage, sign);
            CliProcess.pause(milliseconds);
            process.kill();
        }
        assertThat(out.resolve("summary.json"))
                .as("it was killed after it had ended, not while it " + stage)
                .doesNotExist();
    }

    private static void await(CliProcess process, String stage, Sign sign) throws IOException {
        process.await(stage, () -> {
            try {
                return sign.isThere();
            } catch (NoSuchFileException e) {
                return false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static CliProcess start(Path out) throws IOException {
        return CliProcess.start(folder.resolve("logs"), run.command("distill", "--out", out.toString()));
    }

    private static Path checkpoint(Path out, String student, int step) {
        return out.resolve("students")
                .resolve(student)
                .resolve("checkpoints")
                .resolve(String.format("step-%09d", step));
    }

    /** Size of the log segments of a topic's partitions. */
    private static long bytesOf(Path out, String topic) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(out.resolve("kafka"), 3)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (file.getParent().getFileName().toString().matches(topic + "-\\d+")
                        && file.toString().endsWith(".log")) {
                    bytes += Files.size(file);
                }
            }
        } catch (UncheckedIOException e) {
            // A file was deleted while the folder was listed.
            return 0;
        }
        return bytes;
    }

    private static List<String> keys(List<TopicKeys.Entry> entries) {
        return entries.stream()
                .map(entry -> entry.partition() + " " + entry.key())
                .toList();
    }
}
