package io.logitstream.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.cli.testing.TopicKeys.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * After restarts of all parts in turn, a student that joins late, and any faults, every batch stands once and in order
 * in the topics, and the students are those of an undisturbed run. {@code benchmarks/faults/run 100 1} does a hundred
 * faults, with seed 1.
 */
class FaultsIT {
    private static final int FAULTS = Integer.getInteger("logitstream.faults", 7);
    private static final long SEED = Long.getLong("logitstream.seed", 1);
    private static final int LONGEST_GAP_MS = Integer.getInteger("logitstream.gap", FAULTS > 10 ? 6000 : 2500);
    private static final int TEXT_PAUSE_MS = 500;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    void afterRestartsAndFaultsTopicsAndStudentsAreThoseOfAnUndisturbedRun() throws Exception {
        try (Pipeline pipeline = new Pipeline(folder, TEXT_PAUSE_MS, FAULTS > 10 ? 2 : 1)) {
            pipeline.start();
            new RollingRestart(pipeline).run();
            if (pipeline.students().size() == 1) {
                pipeline.join("student2");
            }
            Faults faults = new Faults(pipeline, SEED, LONGEST_GAP_MS);
            long began = System.nanoTime();
            faults.run(FAULTS);
            long faulty = System.nanoTime() - began;
            long texts = pipeline.publisher().end();
            pipeline.await("all parts come to the end of the corpus", pipeline::isDone);
            long ended = System.nanoTime() - began;
            pipeline.repeatUndisturbed(texts, "undisturbed-tokens", "undisturbed-logits");

            List<Entry> logits = read(pipeline, Pipeline.LOGITS);
            List<Entry> expected = read(pipeline, "undisturbed-logits");
            FaultReport report = new FaultReport(
                    SEED,
                    faults.done(),
                    pipeline.parts(),
                    logits,
                    expected,
                    TopicKeys.read(
                                    pipeline.kafka(Map.of("consumer.isolation.level", "read_uncommitted")),
                                    Pipeline.LOGITS)
                            .size(),
                    faulty,
                    ended);
            report.print();
            assertThat(read(pipeline, Pipeline.TOKENS)).isEqualTo(read(pipeline, "undisturbed-tokens"));
            assertThat(report.duplicates()).isZero();
            assertThat(report.missing()).isZero();
            assertThat(logits)
                    .isEqualTo(expected)
                    .anyMatch(Predicate.not(entry -> entry.key().endsWith("/end")));
            for (String student : pipeline.students()) {
                assertThat(RunOutcome.Student.read(pipeline.student(student)))
                        .as(student)
                        .isEqualTo(RunOutcome.Student.read(pipeline.retrainUndisturbed(student)));
            }
        }
    }

    private static List<Entry> read(Pipeline pipeline, String topic) {
        return TopicKeys.read(pipeline.kafka(Map.of()), topic);
    }
}
