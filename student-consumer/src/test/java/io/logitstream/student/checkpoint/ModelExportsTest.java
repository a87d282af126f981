package io.logitstream.student.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.config.StudentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelExportsTest {
    private static final int VOCABULARY = 50;
    private static final StudentConfig SHAPE = new StudentConfig(8, 1, 2, 1, 12, true, null);

    @TempDir
    private Path folder;

    private Tokenizer tokenizer;
    private LanguageModel model;
    private Path exportFolder;
    private ModelExports exports;

    @BeforeEach
    void open() throws IOException {
        tokenizer = TinyTokenizer.create(folder, VOCABULARY);
        model = model(1);
        exportFolder = folder.resolve("exports");
        exports = new ModelExports(exportFolder, 2, DataType.FLOAT32);
    }

    @AfterEach
    void close() {
        model.close();
        tokenizer.close();
    }

    private static LanguageModel model(long seed) {
        return LanguageModels.create(SHAPE.model(VOCABULARY, 8, 0), seed, "cpu");
    }

    @Test
    void theLastOnesAreKeptAndTheLinkLeadsToTheLast() throws IOException {
        for (long step = 10; step <= 40; step += 10) {
            exports.write(model, tokenizer, step);
        }

        assertThat(names()).containsExactly("latest", "step-000000030", "step-000000040");
        assertThat(Files.readSymbolicLink(exportFolder.resolve("latest"))).hasToString("step-000000040");
        try (LanguageModel loaded = LanguageModels.load(exportFolder.resolve("latest"), "cpu");
                Tokenizer copied = Tokenizer.load(exportFolder.resolve("latest"))) {
            assertThat(loaded.outputWeight().toFloatArray())
                    .isEqualTo(model.outputWeight().toFloatArray());
            assertThat(copied.hash()).isEqualTo(tokenizer.hash());
        }
    }

    @Test
    void aRunThatIsContinuedLeavesTheSameExportAloneAndReplacesAnother() throws IOException {
        exports.write(model, tokenizer, 10);
        exports.write(model, tokenizer, 20);
        Object first = key(10);
        Object second = key(20);

        exports.write(model, tokenizer, 10);
        try (LanguageModel other = model(2)) {
            exports.write(other, tokenizer, 20);

            assertThat(key(10)).isEqualTo(first);
            assertThat(key(20)).isNotEqualTo(second);
            try (LanguageModel loaded = LanguageModels.load(exportFolder.resolve("step-000000020"), "cpu")) {
                assertThat(loaded.outputWeight().toFloatArray())
                        .isEqualTo(other.outputWeight().toFloatArray());
            }
        }
        assertThat(names()).containsExactly("latest", "step-000000010", "step-000000020");
    }

    @Test
    void thoseAfterTheCheckpointThatItContinuesFromStayUntilTheirTurn() throws IOException {
        exports.write(model, tokenizer, 30);
        exports.write(model, tokenizer, 40);

        exports.write(model, tokenizer, 10);

        assertThat(names()).containsExactly("latest", "step-000000010", "step-000000030", "step-000000040");
        assertThat(Files.readSymbolicLink(exportFolder.resolve("latest"))).hasToString("step-000000010");
    }

    @Test
    void whatACrashHasLeftIsClearedAway() throws IOException {
        Path half = Files.createDirectories(exportFolder.resolve("step-10.unfinished"));
        Files.writeString(half.resolve("config.json"), "{");
        Path removed = Files.createDirectories(exportFolder.resolve("step-000000005.removed"));
        Files.writeString(removed.resolve("config.json"), "{}");

        exports.write(model, tokenizer, 10);

        assertThat(names()).containsExactly("latest", "step-000000010");
        LanguageModels.load(exportFolder.resolve("step-000000010"), "cpu").close();
    }

    private Object key(long step) throws IOException {
        return Files.readAttributes(
                        exportFolder.resolve(String.format("step-%09d/model.safetensors", step)),
                        BasicFileAttributes.class)
                .fileKey();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(exportFolder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
