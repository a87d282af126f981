package io.logitstream.student.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.CorpusCount;
import io.logitstream.student.input.ReaderState;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.training.TrainingStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    private static final int VOCABULARY = 23;
    private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1);

    @TempDir
    private Path out;

    private Path folder;
    private Checkpoints checkpoints;
    private Tokenizer tokenizer;
    private LanguageModel model;
    private AdamW optimizer;

    @BeforeEach
    void createModel() throws IOException {
        Torch.start(1);
        folder = out.resolve("checkpoints");
        checkpoints = new Checkpoints(folder, 2, null);
        tokenizer = TinyTokenizer.create(out.resolve("tokenizer"), VOCABULARY);
        model = LanguageModels.create(new StudentConfig(8, 1, 2, 1, 12, true, null).model(VOCABULARY, 8, 0), 1, "cpu");
        optimizer = new AdamW(model, SETTINGS);
    }

    @AfterEach
    void close() {
        optimizer.close();
        model.close();
        tokenizer.close();
    }

    @Test
    void whatIsSavedContinuesBitForBit() {
        train(model, optimizer, 1);
        train(model, optimizer, 2);
        save(2, false);
        train(model, optimizer, 3);

        TrainingState state = Checkpoints.state(checkpoints.latest());
        try (LanguageModel resumed = LanguageModels.load(checkpoints.latest(), "cpu");
                AdamW restored = new AdamW(resumed, SETTINGS)) {
            Checkpoints.restoreOptimizer(checkpoints.latest(), restored, state.step());
            train(resumed, restored, 3);

            assertThat(state).isEqualTo(state(2, false));
            model.weights()
                    .forEach((name, weight) -> assertThat(
                                    resumed.weights().get(name).toByteBuffer())
                            .as(name)
                            .isEqualTo(weight.toByteBuffer()));
        }
    }

    @Test
    void aCheckpointIsAHuggingFaceFolder() {
        save(1, false);

        assertThat(checkpoints.latest())
                .isDirectoryContaining("glob:**config.json")
                .isDirectoryContaining("glob:**generation_config.json")
                .isDirectoryContaining("glob:**model.safetensors")
                .isDirectoryContaining("glob:**tokenizer.json")
                .isDirectoryContaining("glob:**tokenizer_config.json");
        try (Tokenizer saved = Tokenizer.load(checkpoints.latest())) {
            assertThat(saved.hash()).isEqualTo(tokenizer.hash());
        }
    }

    @Test
    void anUnfinishedFolderWithAnyOfItsFilesIsNotUsed() throws IOException {
        save(9, false);
        List<Path> files;
        try (Stream<Path> listed = Files.list(checkpoints.latest())) {
            files = listed.sorted().toList();
        }
        for (int complete = 0; complete < files.size(); complete++) {
            Path unfinished = Files.createDirectories(folder.resolve("step-10.unfinished"));
            for (int i = 0; i <= complete; i++) {
                byte[] content = Files.readAllBytes(files.get(i));
                Files.write(
                        unfinished.resolve(files.get(i).getFileName()),
                        i < complete ? content : Arrays.copyOf(content, content.length / 2));
            }

            assertThat(checkpoints.latest()).hasFileName("step-000000009");
            assertUsable(checkpoints.latest(), 9);
        }

        save(10, false);
        assertUsable(checkpoints.latest(), 10);
        assertThat(names()).containsExactly("step-000000009", "step-000000010");
    }

    @Test
    void aFinishedRunMarksItsLastCheckpointWithoutTakingItAway() throws IOException {
        Checkpoints onlyOne = new Checkpoints(folder, 1, null);
        onlyOne.save(model, optimizer, tokenizer, state(5, false));
        Object weights = fileKey(onlyOne.latest().resolve("model.safetensors"));

        onlyOne.save(model, optimizer, tokenizer, state(5, true));

        assertThat(Checkpoints.state(onlyOne.latest()).finished()).isTrue();
        assertUsable(onlyOne.latest(), 5);
        assertThat(fileKey(onlyOne.latest().resolve("model.safetensors")))
                .as("the weights were there all the time")
                .isEqualTo(weights);
    }

    @Test
    void aCrashWhileMarkingLeavesTheCheckpointUsable() throws IOException {
        save(5, false);
        Files.writeString(checkpoints.latest().resolve("training.json.unfinished"), "{\"settings\":");

        assertUsable(checkpoints.latest(), 5);
        save(5, true);
        assertThat(Checkpoints.state(checkpoints.latest()).finished()).isTrue();
    }

    @Test
    void onlyTheLastOnesAreKept() throws IOException {
        for (long step : new long[] {8, 9, 10, 100, 1000}) {
            save(step, false);
        }

        assertThat(names()).containsExactly("step-000000100", "step-000001000");
        assertThat(checkpoints.latest()).hasFileName("step-000001000");
    }

    @Test
    void everySoManyStepsOneIsKeptForEver() throws IOException {
        checkpoints = new Checkpoints(folder, 1, 10);
        for (long step = 5; step <= 35; step += 5) {
            save(step, false);
        }

        assertThat(names()).containsExactly("step-000000010", "step-000000020", "step-000000030", "step-000000035");
    }

    @Test
    void aFullDiskIsAClearErrorAndTrainingGoesOnWhenThereIsRoom() throws Exception {
        Path disk = Files.createDirectories(out.resolve("disk"));
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString()), "needs root");
        try {
            checkpoints = new Checkpoints(disk.resolve("checkpoints"), 2, null);
            save(1, false);
            Path filler = Files.write(disk.resolve("filler"), new byte[30_000]);

            assertThatThrownBy(() -> save(2, false))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(
                            "step-000000002",
                            "No space left on device",
                            "the checkpoint before it is intact",
                            "free some space and start again");
            assertUsable(checkpoints.latest(), 1);

            Files.delete(filler);
            save(2, false);
            assertUsable(checkpoints.latest(), 2);
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void whatIsNoCheckpointIsLeftAlone() throws IOException {
        Files.createDirectories(folder.resolve("step-best"));
        Files.createDirectories(folder.resolve("notes"));

        assertThat(checkpoints.latest()).isNull();
        save(1, false);
        save(2, false);
        save(3, false);

        assertThat(names()).containsExactly("notes", "step-000000002", "step-000000003", "step-best");
    }

    @Test
    void aCheckpointFromBeforeThereWereWeightsOfCorporaIsRead() throws IOException {
        save(3, false);
        Path file = checkpoints.latest().resolve("training.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode older = (ObjectNode) json.readTree(file.toFile());
        older.remove(List.of("corpora", "files", "digest"));
        ((ObjectNode) older.get("reader")).remove(List.of("passed", "given", "corpora", "counts", "tokens", "topic"));
        json.writeValue(file.toFile(), older);

        TrainingState state = Checkpoints.state(checkpoints.latest());

        assertThat(state.corpora()).isNull();
        assertThat(state.reader())
                .isEqualTo(new ReaderState(
                        Map.of(0, 3L, 1, 4L),
                        1,
                        List.of(0),
                        2,
                        7,
                        List.of(new ReaderState.Address(1, 3)),
                        "java-4m",
                        0,
                        0,
                        null,
                        null,
                        null,
                        null));
    }

    @Test
    void aLanguageWithOtherDigitsChangesNoName() throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try {
            save(7, false);
        } finally {
            Locale.setDefault(before);
        }

        assertThat(names()).containsExactly("step-000000007");
    }

    private void save(long step, boolean finished) {
        checkpoints.save(model, optimizer, tokenizer, state(step, finished));
    }

    private static TrainingState state(long step, boolean finished) {
        return new TrainingState(
                new ObjectMapper().createObjectNode().put("topic", "logits"),
                step,
                step,
                step * 100,
                5000,
                8,
                new ReaderState(
                        Map.of(0, step, 1, step + 1),
                        1,
                        List.of(0),
                        2,
                        7,
                        List.of(new ReaderState.Address(1, 3)),
                        "java-4m",
                        1,
                        0,
                        Map.of(0, Map.of("c", true), 1, Map.of("c", false)),
                        Map.of("c", new CorpusCount(9, 90)),
                        70L,
                        new TopicIdentity("logits", "id", 2)),
                new OutlierStatistics(step, 1.5, 0.1, 2.5, 0.25),
                List.of(new CorpusChange(0, null, Map.of("c", 0.5))),
                finished);
    }

    private static void assertUsable(Path checkpoint, long step) {
        assertThat(Checkpoints.state(checkpoint).step()).isEqualTo(step);
        try (LanguageModel loaded = LanguageModels.load(checkpoint, "cpu");
                AdamW restored = new AdamW(loaded, SETTINGS)) {
            Checkpoints.restoreOptimizer(checkpoint, restored, step);
            assertThat(restored.steps()).isEqualTo(step);
        }
    }

    private static void train(LanguageModel model, AdamW optimizer, long seed) {
        Torch.recordGradients(true);
        try (TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults())) {
            step.apply(List.of(SampleBatches.random(2, 6, VOCABULARY, 4, seed)), 0.5, 1e-2);
        } finally {
            Torch.recordGradients(false);
        }
    }

    private static Object fileKey(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
