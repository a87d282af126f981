package io.logitstream.student.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.files.AtomicFile;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.optimizer.AdamW;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed while it writes a checkpoint: the last complete one is used, and the next process goes on. */
class KilledCheckpointTest {
    private static final int ATTEMPTS = 10;

    @TempDir
    private Path out;

    @Test
    void aKillInTheMiddleOfAWriteLeavesTheLastCheckpointUsable() throws Exception {
        for (int files : new int[] {1, 4, 6}) {
            long before = latestStep();
            boolean interrupted = false;
            for (int attempt = 0; attempt < ATTEMPTS && !interrupted; attempt++) {
                killWhileAnUnfinishedCheckpointHolds(files);
                interrupted = unfinished() != null;
            }

            assertThat(interrupted)
                    .as("a write was interrupted at file " + files)
                    .isTrue();
            assertThat(latestStep()).as("checkpoints before the kill").isGreaterThan(before);
            assertUsable(checkpoints().latest());
        }
    }

    private void killWhileAnUnfinishedCheckpointHolds(int files) throws Exception {
        long before = latestStep();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CheckpointWriter.class.getName(),
                        folder().toString(),
                        out.resolve("tokenizer").toString())
                .redirectErrorStream(true)
                .redirectOutput(out.resolve("writer.log").toFile())
                .start();
        try {
            // One whole checkpoint first: otherwise the kill would leave the folder as the process before left it.
            while (latestStep() == before || count(unfinished()) < files) {
                assertThat(process.isAlive())
                        .as(() -> "the writer runs: " + log())
                        .isTrue();
                Thread.onSpinWait();
            }
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    private String log() {
        try {
            return Files.readString(out.resolve("writer.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path folder() {
        return out.resolve("checkpoints");
    }

    private Checkpoints checkpoints() {
        return new Checkpoints(folder(), 2, null);
    }

    private long latestStep() {
        Path latest = checkpoints().latest();
        return latest == null ? 0 : StepFolders.step(latest);
    }

    private Path unfinished() throws IOException {
        if (!Files.isDirectory(folder())) {
            return null;
        }
        try (Stream<Path> listed = Files.list(folder())) {
            List<Path> all = listed.filter(file -> file.toString().endsWith(AtomicFile.UNFINISHED))
                    .toList();
            return all.isEmpty() ? null : all.get(0);
        }
    }

    private static long count(Path unfinished) throws IOException {
        if (unfinished == null) {
            return 0;
        }
        try (Stream<Path> listed = Files.list(unfinished)) {
            return listed.count();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static void assertUsable(Path checkpoint) {
        TrainingState state = Checkpoints.state(checkpoint);
        Checkpoints.requireWhole(checkpoint);
        try (LanguageModel loaded = LanguageModels.load(checkpoint, "cpu");
                AdamW restored = new AdamW(loaded, CheckpointWriter.SETTINGS)) {
            Checkpoints.restoreOptimizer(checkpoint, restored, state.updates());
            assertThat(restored.steps()).isEqualTo(StepFolders.step(checkpoint));
        }
    }
}
