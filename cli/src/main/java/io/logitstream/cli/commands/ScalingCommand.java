package io.logitstream.cli.commands;

import io.logitstream.exploration.results.ResultsFolder;
import io.logitstream.exploration.results.ScalingStudy;
import io.logitstream.exploration.run.ExplorationFolder;
import io.logitstream.exploration.scaling.ConfidenceInterval;
import io.logitstream.exploration.scaling.DistillationAdvice;
import io.logitstream.exploration.scaling.ScalingFit;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "scaling",
        mixinStandardHelpOptions = true,
        description = {
            "Fits scaling laws to the finished runs of an exploration, and predicts whether"
                    + " distillation is worth it for a student.",
            "The runs must cover at least three sizes and three token budgets, both alone and"
                    + " distilled, as in the plan 'scaling'."
        },
        footer = {
            "",
            "Examples:",
            "  logitstream scaling explorations/scaling",
            "  logitstream scaling explorations/scaling --parameters 2000000 --tokens 3000000"
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class ScalingCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "DIR",
            description = "results folder of a plan, or a folder of explorations to take all runs of")
    private Path folder;

    @Option(
            names = "--parameters",
            paramLabel = "N",
            description = "number of trainable parameters of the student to predict")
    private Double parameters;

    @Option(names = "--tokens", paramLabel = "D", description = "number of predicted tokens that it is trained on")
    private Double tokens;

    @Option(names = "--stacktrace", description = "print the stack trace of an error")
    private boolean stackTrace;

    @Override
    public Integer call() {
        if ((parameters == null) != (tokens == null) || parameters != null && !(parameters >= 1 && tokens >= 1)) {
            throw new UsageException(
                    "--parameters and --tokens must both be given and positive: the size of the student and its token budget");
        }
        ResultsFolder results = new ResultsFolder(folder);
        if (!results.isThere() && !Files.isDirectory(folder.resolve("state"))) {
            throw new UsageException(folder.toAbsolutePath() + " is not the folder of an exploration");
        }
        ScalingStudy study = ScalingStudy.of(
                results.isThere()
                        ? results.runs()
                        : ExplorationFolder.of(folder).states().values());
        print("text alone", study.alone());
        study.distilled()
                .forEach(kind -> print("distilled" + (kind.kind().isEmpty() ? "" : " " + kind.kind()), kind.fit()));
        if (study.distilled().isEmpty()) {
            System.out.println("distilled: no law, since no kind of distilled run has the seven runs that a fit needs");
        }
        List<DistillationAdvice> advice = parameters == null ? List.of() : study.advice(parameters, tokens);
        for (int i = 0; i < advice.size(); i++) {
            DistillationAdvice one = advice.get(i);
            System.out.printf(
                    "%na student of %,.0f parameters on %,.0f tokens%s%n  alone %s, distilled %s%n  %s%n",
                    parameters,
                    tokens,
                    study.distilled().get(i).kind().isEmpty()
                            ? ""
                            : ", distilled with " + study.distilled().get(i).kind(),
                    text(one.alone()),
                    text(one.distilled()),
                    one.answer());
        }
        JsonFiles.write(folder.resolve("scaling.json"), json(study, advice));
        return 0;
    }

    private static void print(String what, ScalingFit fit) {
        System.out.printf(
                "%s: %s, %d runs, residuals %.2f %%%n",
                what, fit.law(), fit.runs().size(), 100 * fit.deviation());
        fit.constants()
                .forEach((name, interval) -> System.out.printf(
                        "  %-7s %10.4g  (%.4g to %.4g)%n", name, interval.value(), interval.low(), interval.high()));
        if (!fit.determined()) {
            System.out.println("  These runs do not determine the constants: others fit as well. The law holds for"
                    + " students between these runs; add seeds, sizes or token budgets.");
        }
    }

    private static String text(ConfidenceInterval interval) {
        return String.format("%.3f (%.3f to %.3f)", interval.value(), interval.low(), interval.high());
    }

    static Map<String, Object> json(ScalingStudy study, List<DistillationAdvice> advice) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("alone", json(study.alone()));
        json.put(
                "distilled",
                study.distilled().stream()
                        .map(kind -> {
                            Map<String, Object> one = json(kind.fit());
                            one.put("kind", kind.kind());
                            one.put("teacherLoss", kind.teacherLoss());
                            return one;
                        })
                        .toList());
        json.put("advice", advice);
        return json;
    }

    private static Map<String, Object> json(ScalingFit fit) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("law", fit.law());
        json.put("deviation", fit.deviation());
        json.put("determined", fit.determined());
        json.put("constants", fit.constants());
        json.put("runs", fit.runs());
        return json;
    }
}
