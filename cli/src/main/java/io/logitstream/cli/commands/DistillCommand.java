package io.logitstream.cli.commands;

import io.logitstream.cli.distill.Distillation;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.PageOption;
import io.logitstream.cli.options.Setting;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.page.LivePageServer;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.report.DistillSummary;
import io.logitstream.pipeline.stop.StopSignal;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "distill",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the whole pipeline: publishes the corpus, runs the teacher stream, trains a"
                    + " distilled student and a baseline live from the same logits, and evaluates all three on"
                    + " held-out text.",
            "Without --bootstrap-server, starts a Kafka broker and a schema registry of its own, and"
                    + " keeps their data in --out.",
            "To continue a stopped run, run the same command again; it ends with the same weights."
        },
        footer = {
            "",
            "Examples:",
            "  logitstream distill",
            "  logitstream distill --seed 2 --out results-2",
            "  logitstream distill --replay --set loss.temperature=1"
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class DistillCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Mixin
    private PageOption page;

    @Setting("corpus.source")
    @Option(
            names = "--corpus",
            paramLabel = "SOURCE",
            description = "folder, glob, file, jar or zip, or - for standard input; by default Java sources of"
                    + " Apache Kafka")
    private String corpus;

    @Setting("heldOut.source")
    @Option(
            names = "--held-out",
            paramLabel = "SOURCE",
            description = "text to evaluate on; by default every twentieth document of --corpus")
    private String heldOut;

    @Setting("teacher")
    @Option(
            names = "--teacher",
            paramLabel = "DIR",
            description = "Hugging Face folder of the teacher, with its tokenizer; by default the one that comes"
                    + " with logitstream")
    private String teacher;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "results",
            description = "output folder of the run, ${DEFAULT-VALUE} by default")
    private Path out;

    @Setting(value = "student.from", ofStudents = true)
    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "Hugging Face folder whose weights and shape the students start from; random weights by"
                    + " default")
    private String from;

    @Setting(value = "training.seed", ofStudents = true)
    @Option(names = "--seed", paramLabel = "SEED", description = "seed of the students, 1 by default")
    private Long seed;

    @Option(names = "--replay", description = "train the students again from the topics in --out, without a teacher")
    private boolean replay;

    @Override
    @SuppressWarnings("try") // The signal only has to be listened to.
    public Integer call() {
        // A signal must not end the process while libtorch is being loaded.
        try (StopSignal stop = StopSignal.listen()) {
            // Loaded while the configuration is read. Later, the library of the tokenizer would wait for libtorch.
            CompletableFuture<Void> engine = Torch.startAhead();
            try {
                return distill();
            } finally {
                engine.join();
            }
        }
    }

    @SuppressWarnings("try") // The server only has to be open.
    private int distill() {
        LogitstreamConfig config = common.load();
        LivePage live = new LivePage(
                "distill", out.toAbsolutePath().normalize().getFileName().toString());
        try (MetricsServer metrics = MetricsServer.start(config.metrics());
                LivePageServer server = LivePageServer.start(config.page(), live)) {
            DistillSummary summary = live.runToEnd(
                    () -> new Distillation(
                                    common.commandLine(),
                                    common.hasCluster() ? common::kafka : null,
                                    config,
                                    out,
                                    replay,
                                    live)
                            .run(),
                    "results in " + out.toAbsolutePath().normalize());
            System.out.println(
                    CommandResults.summary(summary, out.toAbsolutePath().normalize()));
        }
        return 0;
    }
}
