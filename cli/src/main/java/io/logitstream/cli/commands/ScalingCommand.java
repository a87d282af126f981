package io.logitstream.cli.commands;

import io.logitstream.exploration.results.ResultsFolder;
import io.logitstream.exploration.results.ScalingReport;
import io.logitstream.exploration.results.ScalingStudy;
import io.logitstream.exploration.run.ExplorationFolder;
import io.logitstream.exploration.scaling.DistillationAdvice;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
            description = "results folder of a plan, or a folder of explorations, whose runs are all used")
    private Path folder;

    @Option(
            names = "--parameters",
            paramLabel = "N",
            description = "number of trainable parameters of the student to predict")
    private Double parameters;

    @Option(names = "--tokens", paramLabel = "D", description = "number of predicted tokens in the student's training")
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
        List<DistillationAdvice> advice = parameters == null ? List.of() : study.advice(parameters, tokens);
        System.out.print(ScalingReport.text(study, advice, parameters, tokens));
        JsonFiles.write(folder.resolve("scaling.json"), ScalingReport.json(study, advice));
        return 0;
    }
}
