package io.logitstream.exploration.run;

import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.LogitsTopicPlan;
import io.logitstream.exploration.plan.RunMatrix;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.exploration.plan.TrainingResources;
import io.logitstream.messages.Plural;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.student.training.TrainingPlan;
import io.logitstream.teacher.config.ServerConfig;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Output of {@code explore --dry-run}, estimated from the plan and from the runs in the output folder. */
final class ExplorationDryRun {
    /** Operations per second and core if the folder has no measured run: a small student on a core of 2020. */
    private static final double CORE = 24e9;

    private static final double FORWARD = 1.0 / 3;
    /**
     * Record bytes per token without kept entries, and per kept entry: compact-1 as docs/reference/reports/codec.md measures
     * it.
     */
    private static final double TOKEN_BYTES = 12;

    private static final double ENTRY_BYTES = 2.2;
    private static final double MEGABYTE = 1e6;

    private ExplorationDryRun() {}

    static String report(
            RunMatrix runs, Collection<RunSpec> pending, LogitsTopicPlan topics, Map<String, RunRecord> states) {
        StringBuilder text = new StringBuilder(String.format(
                "exploration  %s: %,d %s, %,d %s, of which %,d %s finished",
                runs.plan().name(),
                runs.variants().size(),
                Plural.of(runs.variants().size(), "variant"),
                runs.all().size(),
                Plural.of(runs.all().size(), "run"),
                runs.all().size() - pending.size(),
                Plural.of(runs.all().size() - pending.size(), "is", "are")));
        int width =
                pending.stream().mapToInt(run -> run.variant().length()).max().orElse(0);
        for (RunSpec run : pending) {
            LogitsTopicPlan.Source source = topics.source(run);
            text.append(String.format(
                    "%n  %-" + (width + 2) + "s seed %d  %s  %,d parameters  %,d tokens  %.3g"
                            + " operations  from %s%s",
                    run.variant(),
                    run.seed(),
                    run.id(),
                    WeightShapes.parameters(run.plan().model()),
                    run.tokens(),
                    run.operations(),
                    source.topic(),
                    cut(source)));
        }
        text.append(String.format(
                "%nteacher      %d %s%s",
                topics.unfinished().size(),
                Plural.of(topics.unfinished().size(), "pass"),
                topics.unfinished().isEmpty() ? ": no teacher is needed" : ""));
        double teacherOperations = 0;
        double logitsBytes = 0;
        for (LogitsTopic topic : topics.unfinished()) {
            RunSpec run = topics.example(topic.name());
            long tokens = corpusTokens(run);
            teacherOperations += FORWARD * tokens * teacherOperationsPerToken(run);
            double bytes = tokens
                    * (TOKEN_BYTES
                            + ENTRY_BYTES
                                    * topic.support()
                                            .mostEntries(run.plan().model().vocabularySize()));
            logitsBytes += bytes;
            text.append(String.format(
                    "%n  %s  %s  %,d tokens  at most %,.0f MB%s",
                    topic.name(), topic.support().text(), tokens, bytes / MEGABYTE, server(run)));
        }
        double operations = pending.stream().mapToDouble(RunSpec::operations).sum();
        int cores = TrainingResources.cores(runs.plan().resources());
        double measured = measured(states.values());
        double rate = cores * (measured > 0 ? measured : CORE);
        text.append(String.format(
                "%nstudents     %,d tokens, %.3g operations; up to %d at once (%d cores, %,.0f MB)",
                pending.stream().mapToLong(RunSpec::tokens).sum(),
                operations,
                atOnce(runs, pending),
                cores,
                TrainingResources.bytes(runs.plan().resources()) / MEGABYTE));
        text.append(String.format(
                "%ntime         about %s for the students, %s for the teachers, at %.0f GFLOP/s a" + " core (%s)",
                ExplorationProgress.minutes(operations / rate),
                ExplorationProgress.minutes(teacherOperations / rate),
                rate / cores / 1e9,
                measured > 0 ? "measured in this folder" : "assumed"));
        // All students are kept, and two checkpoints per student in training, each three times the weights because of
        // the moments.
        double students =
                pending.stream().mapToDouble(run -> run.plan().weightBytes()).sum();
        double checkpoints = atOnce(runs, pending)
                * 6.0
                * pending.stream()
                        .mapToLong(run -> run.plan().weightBytes())
                        .max()
                        .orElse(0);
        text.append(String.format(
                "%ndisk         about %,.0f MB: logits at most %,.0f, students %,.0f, checkpoints %,.0f",
                (logitsBytes + students + checkpoints) / MEGABYTE,
                logitsBytes / MEGABYTE,
                students / MEGABYTE,
                checkpoints / MEGABYTE));
        return text.toString();
    }

    private static String cut(LogitsTopicPlan.Source source) {
        return (source.topP() == null ? "" : " cut to p " + source.topP())
                + (source.topK() == null ? "" : " cut to k " + source.topK());
    }

    private static long corpusTokens(RunSpec run) {
        Long tokens = run.config().corpus().maxTokens();
        return tokens != null ? tokens : run.tokens();
    }

    private static String server(RunSpec run) {
        ServerConfig server = run.config().teach().server();
        return server == null
                ? ""
                : "  by " + server.api().key() + " at " + String.join(", ", server.url())
                        + ", which was not asked; its time is not estimated";
    }

    private static double teacherOperationsPerToken(RunSpec run) {
        Path folder = InputPath.require("teacher", run.config().teacher());
        if (TorchScriptFile.isTorchScript(folder) || run.config().teach().server() != null) {
            return 0;
        }
        ModelConfig model = LanguageModels.config(folder);
        return new TrainingPlan(
                        model,
                        run.plan().rows(),
                        run.plan().contextLength(),
                        run.plan().precision())
                .operationsPerToken();
    }

    private static double measured(Collection<RunRecord> states) {
        List<RunRecord> trained = states.stream()
                .filter(state -> state.finished() && state.seconds() > 0)
                .toList();
        double seconds = trained.stream().mapToDouble(RunRecord::seconds).sum();
        return seconds == 0
                ? 0
                : trained.stream().mapToDouble(RunRecord::operations).sum() / seconds;
    }

    private static int atOnce(RunMatrix runs, Collection<RunSpec> pending) {
        int cores = TrainingResources.cores(runs.plan().resources());
        long most = pending.stream().mapToLong(RunSpec::bytes).max().orElse(1);
        int threads = pending.stream()
                .mapToInt(run -> run.config().compute().threads())
                .max()
                .orElse(1);
        return (int) Math.max(
                1,
                Math.min(
                        Math.min(cores / threads, pending.size()),
                        TrainingResources.bytes(runs.plan().resources()) / most));
    }
}
