package io.logitstream.cli.commands;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.CommandSettings;
import io.logitstream.cli.options.Setting;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.pruning.ModelPruning;
import io.logitstream.pipeline.pruning.PruningReport;
import io.logitstream.pipeline.pruning.PruningTable;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "prune",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a smaller model of a Hugging Face folder: keeps the layers, feed-forward neurons, attention"
                    + " heads and hidden channels that matter most on a text. A size that is not given stays.",
            "Prints the importance of what is kept and the loss before any training. The new folder has the"
                    + " tokenizer, the weights in their types, and the report as pruning.json. It can be a teacher, and it"
                    + " can be pruned again.",
            "Families: llama, mistral, qwen2, qwen3, glm, glm4."
        },
        footer = {
            "",
            "Examples:",
            "  logitstream prune --model my-teacher --corpus texts/ --layers 12 --feed-forward 4096 \\",
            "      --dry-run",
            "  logitstream prune --model my-teacher --layers 12 --out smaller \\",
            "      --bootstrap-server broker:9092 --schema-registry http://registry:8081 \\",
            "      --topic tokens"
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class PruneCommand implements Callable<Integer>, CommandSettings {
    @Mixin
    private ClusterConfigOptions common;

    @Setting("prune.model")
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Hugging Face folder of the model to prune, with its tokenizer; the teacher by default")
    private String model;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "folder of the pruned model; required unless --dry-run is given")
    private Path out;

    @Setting("prune.layers")
    @Option(names = "--layers", paramLabel = "N", description = "number of layers to keep")
    private Integer layers;

    @Setting("prune.feedForward")
    @Option(names = "--feed-forward", paramLabel = "N", description = "inner size of the feed-forward block")
    private Integer feedForward;

    @Setting("prune.heads")
    @Option(
            names = "--heads",
            paramLabel = "N",
            description = "attention heads; a key-value head and its query heads stay together")
    private Integer heads;

    @Setting("prune.keyValueHeads")
    @Option(
            names = "--key-value-heads",
            paramLabel = "N",
            description = "key-value heads, each with its query heads; instead of --heads")
    private Integer keyValueHeads;

    @Setting("prune.hidden")
    @Option(names = "--hidden", paramLabel = "N", description = "hidden size")
    private Integer hidden;

    @Setting("prune.by")
    @Option(
            names = "--by",
            paramLabel = "CRITERION",
            description =
                    "how layers are chosen: cosine (default), each by how much it turns the residual stream; block, the"
                            + " same of all layers that go as one block; loss, each by the loss without it")
    private String by;

    @Setting("prune.rows")
    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "rows of text to measure on, each of corpus.contextLength tokens; 128 by default")
    private Integer rows;

    @Setting("corpus.source")
    @Option(
            names = "--corpus",
            paramLabel = "SOURCE",
            description = "text to measure on: folder, glob, file or jar; replaces the configured corpus")
    private String corpus;

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "measure on the rows of this topic of the named cluster instead of a corpus")
    private String topic;

    @Option(names = "--dry-run", description = "print what would be kept, and write nothing")
    private boolean dryRun;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public SettingValues dependentFlags() {
        return new SettingValues().with("topics.tokens", topic);
    }

    @Override
    public Integer call() {
        LogitstreamConfig config = common.load();
        if (out == null && !dryRun) {
            throw new CommandLine.ParameterException(spec.commandLine(), "Missing required option: '--out=DIR'");
        }
        if (topic != null && corpus != null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--corpus and --topic both name the text; give one of them");
        }
        ProgressDisplay status = ProgressDisplay.standardError();
        PruningReport report =
                new ModelPruning(config, status).prune(topic == null ? null : common.kafka(), dryRun ? null : out);
        status.end();
        System.out.println(PruningTable.of(report));
        if (!dryRun) {
            System.out.printf("pruned model in %s%n", out.toAbsolutePath().normalize());
        }
        return 0;
    }
}
