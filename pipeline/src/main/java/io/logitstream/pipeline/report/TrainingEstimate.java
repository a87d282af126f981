package io.logitstream.pipeline.report;

import io.logitstream.messages.Plural;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.StudentTrainingConfig;
import io.logitstream.pipeline.console.TextPlot;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.PreflightChecks;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.training.TrainingPlan;

/** Estimate of a training that {@code train --dry-run} prints, computed from the configuration without cluster or weights. */
public final class TrainingEstimate {
    private static final double MEGABYTE = 1e6;

    private TrainingEstimate() {}

    /**
     * The estimate as text: parameters, memory, operations and schedules.
     *
     * @param config the configuration
     * @param student name of one of its students; null for the settings of the top level
     */
    public static String text(LogitstreamConfig config, String student) {
        StudentTrainingConfig settings = config.student(student);
        CorpusConfig corpus = config.corpus();
        ModelConfig model;
        try (Tokenizer tokenizer = Tokenizer.load(
                InputPath.require("tokenizer", config.tokenizer()),
                config.corpus().endOfText())) {
            PreflightChecks.requireStart(
                    settings.student(), tokenizer, config.compute().device());
            model = settings.student().model(tokenizer.vocabularySize(), corpus.contextLength(), tokenizer.endOfText());
        }
        TrainingPlan plan = new TrainingPlan(
                model,
                corpus.rows(),
                corpus.contextLength(),
                settings.training().precision(),
                Execution.of(config.compute().device()));
        return String.join(
                System.lineSeparator(),
                student(model, plan, settings.student().from()),
                "",
                memory(plan),
                "",
                run(config, settings.training(), plan),
                heldOut(corpus),
                "",
                TextPlot.of("learning rate", TrainingPlan.learningRate(settings.training())),
                "",
                TextPlot.of("alpha, the weight of the distillation loss", TrainingPlan.alpha(settings.loss())));
    }

    private static String student(ModelConfig model, TrainingPlan plan, String from) {
        StringBuilder text = new StringBuilder(String.format(
                "student       %d wide, %d layers, %d heads of %d, %d key-value heads, feed-forward %d, vocabulary %,d",
                model.hiddenSize(),
                model.layers(),
                model.heads(),
                model.headSize(),
                model.keyValueHeads(),
                model.feedForwardSize(),
                model.vocabularySize()));
        text.append(String.format(
                "%nfamily        %s, %s backward pass", model.family(), plan.isFused() ? "hand-written" : "automatic"));
        text.append(String.format("%nstart         %s", from == null ? "random weights" : StudentStart.folder(from)));
        text.append(String.format("%nparameters    %,d", WeightShapes.parameters(model)));
        plan.parameters().forEach((part, count) -> {
            if (count > 0) {
                text.append(String.format(
                        "%n  %-14s %,15d%s",
                        part,
                        count,
                        part.equals("embedding") && model.tiedEmbeddings() ? ", the output head too" : ""));
            }
        });
        return text.toString();
    }

    private static String memory(TrainingPlan plan) {
        return String.join(
                System.lineSeparator(),
                String.format(
                        "memory, %s, with batches of %,d tokens",
                        plan.precision() == Precision.BFLOAT16 ? "products in bfloat16" : "float32",
                        plan.rows() * plan.contextLength()),
                bytes("weights", plan.weightBytes()),
                bytes("gradients", plan.weightBytes()),
                bytes("moments", 2 * plan.weightBytes()),
                bytes("activations", plan.activationBytes()),
                bytes("  recomputed", plan.recomputedActivationBytes()),
                bytes("output head", plan.headBytes()),
                bytes("in all", plan.bytes(false)),
                bytes("  recomputed", plan.bytes(true)));
    }

    private static String heldOut(CorpusConfig corpus) {
        return corpus.holdOut() == null
                ? "held out      no document of the corpus"
                : String.format("held out      every %dth document of the corpus (corpus.holdOut)", corpus.holdOut());
    }

    private static String bytes(String what, long bytes) {
        return String.format("  %-14s %,15.1f MB", what, bytes / MEGABYTE);
    }

    private static String run(LogitstreamConfig config, TrainingConfig training, TrainingPlan plan) {
        long step = (long) plan.rows() * plan.contextLength() * training.batchesPerStep();
        Long tokens = training.tokens() != null || config.corpus().maxTokens() == null
                ? training.tokens()
                : Long.valueOf(config.corpus().maxTokens() * training.epochs());
        String length = tokens == null
                ? "as many tokens as the topic's corpus has, times " + training.epochs() + " "
                        + Plural.of(training.epochs(), "epoch")
                : String.format(
                        "%,d tokens%s, %,d steps, %.3g operations",
                        tokens,
                        training.tokens() == null ? " (corpus.maxTokens; fewer if the corpus ends earlier)" : "",
                        (tokens + step - 1) / step,
                        tokens * plan.operationsPerToken());
        return String.format(
                "operations    %.4g per token: 6 N + 12 layers * heads * head size * context;"
                        + " N is the number of values in all multiplied matrices%nstep          %,d tokens: %d %s of %d %s of %d%nrun           %s",
                plan.operationsPerToken(),
                step,
                training.batchesPerStep(),
                Plural.of(training.batchesPerStep(), "batch"),
                plan.rows(),
                Plural.of(plan.rows(), "row"),
                plan.contextLength(),
                length);
    }
}
