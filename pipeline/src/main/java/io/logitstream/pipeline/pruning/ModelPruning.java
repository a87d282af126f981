package io.logitstream.pipeline.pruning;

import io.logitstream.files.FolderLock;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ContextLimit;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.pruning.Calibration;
import io.logitstream.model.pruning.DepthCriterion;
import io.logitstream.model.pruning.Importance;
import io.logitstream.model.pruning.KeptParts;
import io.logitstream.model.pruning.PrunedModel;
import io.logitstream.model.pruning.PrunedSizes;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.PruneConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.PreflightChecks;
import io.logitstream.pipeline.stages.TopicTokenizerCheck;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.checkpoint.ModelExport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes a smaller model of a Hugging Face folder: measures importance on a text, keeps the most important parts, and
 * measures the loss before and after. The two models are in memory one after the other.
 */
public final class ModelPruning {
    /** File of the report in the folder of a pruned model. */
    public static final String REPORT = "pruning.json";

    private static final Set<String> LEFT_BY_A_START = Set.of("model.unfinished", FolderLock.FILE);

    private final LogitstreamConfig config;
    private final Path folder;
    private final ProgressDisplay status;

    /**
     * A pruning.
     *
     * @param config configuration with the sizes and the corpus
     * @param status shows the progress
     */
    public ModelPruning(LogitstreamConfig config, ProgressDisplay status) {
        this.config = config;
        this.status = status;
        this.folder = InputPath.require("model", config.prune().model());
    }

    /**
     * Prunes the model.
     *
     * @param kafka cluster of the topic; null to measure on the corpus of the configuration
     * @param out folder of the pruned model; null to write nothing
     * @return what was kept
     * @throws UsageException if the model cannot be pruned to these sizes, the text is too short or of another tokenizer,
     *     or the folder holds something else
     */
    @SuppressWarnings("try") // The lock only has to be held.
    public PruningReport prune(KafkaSettings kafka, Path out) {
        if (out == null) {
            return prune(kafka, (pruned, tokenizer, report) -> {});
        }
        requireUsable(out);
        try (FolderLock lock = FolderLock.acquireOutput(out)) {
            return prune(kafka, (pruned, tokenizer, report) -> {
                status.showText(() -> "writing the pruned model");
                ModelExport.writeNew(out, unfinished -> {
                    pruned.write(unfinished);
                    tokenizer.copyTo(unfinished);
                    JsonFiles.write(unfinished.resolve(REPORT), report);
                });
            });
        }
    }

    private interface Result {
        void take(PrunedModel pruned, Tokenizer tokenizer, PruningReport report);
    }

    private PruningReport prune(KafkaSettings kafka, Result result) {
        PruneConfig prune = config.prune();
        DepthCriterion depth = DepthCriterion.of(prune.by());
        Torch.start(Runtime.getRuntime().availableProcessors());
        String device = config.compute().device();
        PreflightChecks.requireDevice("compute.device", device);
        ModelConfig described = LanguageModels.check(folder, device);
        PrunedSizes sizes = PrunedSizes.of(
                described, prune.layers(), prune.feedForward(), prune.heads(), prune.keyValueHeads(), prune.hidden());
        requireContext(described);
        try (Tokenizer tokenizer = Tokenizer.load(folder, config.corpus().endOfText())) {
            requireVocabulary(described, tokenizer);
            CalibrationText text = text(kafka, tokenizer);
            Calibration calibration = new Calibration(
                    text.batches(),
                    tokenizer.vocabularySize(),
                    shown(text.batches().size()));
            ModelConfig source;
            Importance importance;
            double before;
            try (LanguageModel model = LanguageModels.load(folder, device)) {
                source = model.config();
                importance = calibration.importance(model, depth, sizes.layers());
                before = calibration.loss(model);
            }
            KeptParts kept = KeptParts.of(importance, depth, source, sizes);
            PrunedModel pruned = new PrunedModel(folder, source, kept);
            double after;
            try (LanguageModel model = pruned.load(device)) {
                after = calibration.loss(model);
            }
            PruningReport report = PruningReport.of(
                    new PruningReport.Source(source.family(), ModelWeights.hash(folder), tokenizer.hash()),
                    new PruningReport.CalibrationRows(text.name(), text.rows(), text.contextLength()),
                    source,
                    importance,
                    depth,
                    kept,
                    new PruningReport.Loss(before, after));
            result.take(pruned, tokenizer, report);
            return report;
        }
    }

    private CalibrationText text(KafkaSettings kafka, Tokenizer tokenizer) {
        int rows = config.prune().rows();
        if (kafka == null) {
            return CalibrationText.ofCorpus(config.corpus(), tokenizer, rows);
        }
        String topic = config.topics().tokens();
        TopicTokenizerCheck.require(
                kafka, List.of(topic), config.topics().maxRecordBytes(), folder, tokenizer.identity());
        return CalibrationText.ofTopic(
                kafka, topic, config.corpus().documents(), config.corpus().contextLength(), tokenizer, rows);
    }

    private Consumer<String> shown(int batches) {
        AtomicLong done = new AtomicLong();
        return what -> {
            long batch = done.getAndIncrement() % batches;
            status.showText(() -> String.format("measured %,d of %,d batches: %s", batch, batches, what));
        };
    }

    private void requireContext(ModelConfig model) {
        try {
            ContextLimit.require(model, config.corpus().contextLength());
        } catch (ModelException e) {
            throw new UsageException(folder + ": " + e.getMessage());
        }
    }

    private void requireVocabulary(ModelConfig model, Tokenizer tokenizer) {
        if (tokenizer.vocabularySize() > model.vocabularySize()) {
            throw new UsageException(folder + ": its tokenizer has " + tokenizer.vocabularySize()
                    + " tokens, more than the " + model.vocabularySize() + " of the model");
        }
    }

    // A folder without the report was not made here, so nothing is computed before it is refused.
    private static void requireUsable(Path out) {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new UsageException("--out " + out.toAbsolutePath() + " is a file");
        }
        if (!Files.isDirectory(out) || Files.isRegularFile(out.resolve(REPORT))) {
            return;
        }
        try (Stream<Path> files = Files.list(out)) {
            if (files.anyMatch(
                    file -> !LEFT_BY_A_START.contains(file.getFileName().toString()))) {
                throw new UsageException("folder " + out.toAbsolutePath()
                        + " is not empty and holds no pruned model; choose another one with --out");
            }
        } catch (IOException e) {
            throw new LogitstreamException(out.toAbsolutePath() + " cannot be read: " + FailureText.of(e), e);
        }
    }
}
