package io.logitstream.cli.commands;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.Setting;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.report.ModelScores;
import io.logitstream.pipeline.stages.EvaluateStage;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.evaluation.Evaluator;
import io.logitstream.student.tasks.TaskFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = {
            "Evaluates models and their teacher on a topic of held-out text (see 'produce --held-out').",
            "Reports loss, perplexity, bits per byte, KL divergence to the teacher, top-1 agreement"
                    + " and calibration error. With --task, also reports multiple-choice accuracies, which need"
                    + " no cluster."
        },
        footer = {
            "",
            "Examples:",
            "  logitstream evaluate --bootstrap-server broker:9092 \\",
            "      --schema-registry http://registry:8081 pd lm",
            "  logitstream evaluate --task hellaswag=hellaswag_val.jsonl \\",
            "      --task piqa=piqa.jsonl pd lm"
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class EvaluateCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Parameters(paramLabel = "DIR", arity = "1..*", description = "models: Hugging Face folders")
    private List<Path> models;

    @Setting("teacher")
    @Option(
            names = "--teacher",
            paramLabel = "DIR",
            description = "Hugging Face folder of the teacher; by default the one that comes with logitstream")
    private String teacher;

    @Setting("topics.heldOut")
    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "tokens topic of the held-out text, held-out by default")
    private String topic;

    @Setting("tasks")
    @Option(
            names = "--task",
            paramLabel = "NAME=FILE",
            description = "score a multiple-choice task from a jsonl file in the layout of hellaswag, piqa or"
                    + " winogrande, as lm-evaluation-harness does; may be repeated")
    private Map<String, String> tasks = new LinkedHashMap<>();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException {
        LogitstreamConfig config = common.load();
        TaskFile.read(config.tasks());
        Map<String, Path> folders = new LinkedHashMap<>();
        for (Path model : models) {
            Path folder = InputPath.require("model", model.toString());
            String name = folder.getFileName().toString();
            if (name.equals("teacher") || folders.put(name, folder) != null) {
                throw new UsageException("two models are named " + name + "; rename the folder " + folder);
            }
        }
        ProgressDisplay status = ProgressDisplay.standardError();
        Map<String, Evaluation> evaluations = Map.of();
        if (common.hasCluster() || config.tasks().isEmpty()) {
            evaluations = new EvaluateStage(new StageContext(common.kafka(), config))
                    .evaluate(
                            folders,
                            Evaluator.Contexts.OF_THE_MODEL,
                            tokens -> status.showText(() -> String.format("evaluated %,d tokens", tokens)));
        }
        if (!evaluations.isEmpty() || teacher != null) {
            folders.put("teacher", InputPath.require("teacher", config.teacher()));
        }
        Map<String, ModelScores> results =
                ModelScores.of(evaluations, EvaluateStage.scoreTasks(config, folders, status));
        status.end();
        System.out.println(
                json
                        ? new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(results)
                        : CommandResults.models(results));
        return 0;
    }
}
