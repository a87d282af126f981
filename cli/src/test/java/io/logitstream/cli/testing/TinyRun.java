package io.logitstream.cli.testing;

import ai.djl.ndarray.types.DataType;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Everything for a run that takes seconds: texts, a tokenizer, a teacher with random weights, and a configuration. The
 * same folder path always gives the same run.
 */
public final class TinyRun {
    public static final int VOCABULARY = 400;
    private static final int CONTEXT = 32;
    private static final int ROWS = 4;

    private final Path folder;

    private TinyRun(Path folder) {
        this.folder = folder;
    }

    public static TinyRun create(Path folder) throws IOException {
        TinyRun run = new TinyRun(folder);
        List<String> texts = writeTexts(run.corpus(), 20, 1);
        writeTexts(run.heldOut(), 1, 2);
        writeTeacher(run.teacher(), texts, VOCABULARY, VOCABULARY);
        Files.writeString(run.config(), """
        corpus: {source: '%s', name: tiny, include: [], maxTokens: null, %s}
        heldOut: {source: '%s', name: tiny-held-out, include: [], maxTokens: null, %s}
        teacher: '%s'
        selection: {topK: 8}
        student: {hiddenSize: 32, layers: 1, heads: 4, keyValueHeads: 2, feedForwardSize: 48}
        training: {checkpointSteps: 20}
        """.formatted(run.corpus(), shape(), run.heldOut(), shape(), run.teacher()));
        return run;
    }

    private static String shape() {
        return "contextLength: " + CONTEXT + ", rows: " + ROWS + ", shardBytes: 8000";
    }

    public Path corpus() {
        return folder.resolve("texts");
    }

    public Path heldOut() {
        return folder.resolve("held-out-texts");
    }

    public Path teacher() {
        return folder.resolve("teacher");
    }

    public Path config() {
        return folder.resolve("run.yaml");
    }

    /** A command line with the configuration of this run. */
    public String[] command(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(command, "--config", config().toString()));
        line.addAll(List.of(arguments));
        return line.toArray(String[]::new);
    }

    /** Writes files of about 2,000 characters and returns their texts. */
    public static List<String> writeTexts(Path folder, int files, long seed) throws IOException {
        Files.createDirectories(folder);
        SplittableRandom seeds = new SplittableRandom(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            String text = text(seeds.nextLong(), 300);
            Files.writeString(folder.resolve("text-" + i + ".txt"), text);
            texts.add(text);
        }
        return texts;
    }

    /** Words of one to four syllables, with very different frequencies. */
    public static String text(long seed, int words) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            int rank = (int) Math.exp(random.nextDouble() * Math.log(3000));
            Random word = new Random(rank);
            for (int syllables = 1 + word.nextInt(4); syllables > 0; syllables--) {
                text.append("bcdfghklmnprstvz".charAt(word.nextInt(16))).append("aeiou".charAt(word.nextInt(5)));
            }
            text.append(random.nextInt(12) == 0 ? ".\n" : " ");
        }
        return text.toString();
    }

    /** Writes a teacher with random weights and a tokenizer, which may have different vocabulary sizes. */
    public static void writeTeacher(Path folder, List<String> texts, int tokenizerVocabulary, int modelVocabulary)
            throws IOException {
        writeTeacher(folder, texts, tokenizerVocabulary, modelVocabulary, 7);
    }

    /** Writes a teacher with random weights of a given seed. */
    public static void writeTeacher(
            Path folder, List<String> texts, int tokenizerVocabulary, int modelVocabulary, long seed)
            throws IOException {
        Path tokenizerFolder = folder.resolveSibling(folder.getFileName() + "-tokenizer");
        int size = BpeTrainer.train(texts.iterator(), tokenizerVocabulary, tokenizerFolder);
        if (size != tokenizerVocabulary) {
            throw new IllegalStateException("the texts have too few words for a vocabulary of " + tokenizerVocabulary);
        }
        ModelConfig config = new ModelConfig(
                modelVocabulary, 32, 64, 2, 4, 2, 8, 64, 1e-6, RopeConfig.plain(10000), true, false, false, 0);
        try (LanguageModel model = LanguageModels.create(config, seed, "cpu");
                Tokenizer tokenizer = Tokenizer.load(tokenizerFolder)) {
            LanguageModels.save(model, folder, DataType.FLOAT32);
            tokenizer.copyTo(folder);
        }
    }
}
