package io.logitstream.cli.commands;

import ai.djl.ndarray.types.DataType;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.PageOption;
import io.logitstream.cli.options.Setting;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.page.LivePageServer;
import io.logitstream.pipeline.page.LiveStudentRow;
import io.logitstream.pipeline.report.TrainingEstimate;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TrainStage;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.training.TrainingSummary;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = {
            "Trains a student from a logits topic, live while it is written or later by replay, or from an archive of"
                    + " one.",
            "With --alpha 0, trains on the text alone, from a logits or a tokens topic; such a"
                    + " student can become a teacher.",
            "To continue a stopped run exactly, run the same command again."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class TrainCommand implements Callable<Integer> {
    enum WeightType {
        float32,
        bfloat16
    }

    @Mixin
    private ClusterConfigOptions common;

    @Mixin
    private PageOption page;

    @Option(names = "--topic", paramLabel = "NAME", description = "topic to train from; the logits topic by default")
    private String topic;

    @Option(
            names = "--archive",
            paramLabel = "DIR",
            description =
                    "archive of the topic to train from, in place of a cluster; the weights are those of the topic")
    private Path archive;

    @Option(
            names = "--held-out-archive",
            paramLabel = "DIR",
            description =
                    "archive of the held-out topic for training.evaluateSteps, in place of the topic in a cluster")
    private Path heldOutArchive;

    @Option(
            names = "--group",
            paramLabel = "NAME",
            description = "consumer group that commits the student's position, so that tools show its lag; by default"
                    + " logitstream-train-FOLDER")
    private String group;

    @Setting("tokenizer")
    @Option(
            names = "--tokenizer",
            paramLabel = "PATH",
            description = "tokenizer that made the topic; the teacher's by default")
    private String tokenizerPath;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "folder of the student; required unless --dry-run is given")
    private Path out;

    @Option(
            names = "--student",
            paramLabel = "NAME",
            description = "name of one of the configuration's students; without it, the settings of the top level")
    private String student;

    @Setting(value = "loss.alpha", ofStudents = true)
    @Option(names = "--alpha", paramLabel = "ALPHA", description = "weight of the distillation loss, 0.9 by default")
    private Double alpha;

    @Setting(value = "student.from", ofStudents = true)
    @Option(
            names = "--from",
            paramLabel = "DIR",
            description =
                    "Hugging Face folder whose weights and shape the student starts from; random weights by default")
    private String from;

    @Setting(value = "training.seed", ofStudents = true)
    @Option(names = "--seed", paramLabel = "SEED", description = "seed of the initial weights, 1 by default")
    private Long seed;

    @Option(
            names = "--export",
            paramLabel = "TYPE",
            defaultValue = "float32",
            description = "data type of the exported weights: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default")
    private WeightType export;

    @Option(
            names = "--dry-run",
            description = "print parameters, memory, operations and schedules of the configuration, and start nothing")
    private boolean dryRun;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    @SuppressWarnings("try") // The server only has to be open.
    public Integer call() {
        LogitstreamConfig config = common.load();
        if (dryRun) {
            System.out.println(TrainingEstimate.text(config, student));
            return 0;
        }
        if (out == null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "Missing required option: '--out=DIR'");
        }
        if (archive != null && (topic != null || group != null || common.hasCluster())) {
            throw new UsageException(
                    "--archive takes the place of a cluster: leave out --bootstrap-server, --topic and --group");
        }
        if (heldOutArchive != null && config.student(student).training().evaluateSteps() == null) {
            throw new UsageException("--held-out-archive is for evaluations during the training: set"
                    + " training.evaluateSteps, the number of steps between them");
        }
        Archive heldOut = heldOutArchive == null ? null : Archive.open(heldOutArchive);
        Archive archived = archive == null ? null : Archive.open(archive);
        StageContext context = new StageContext(archived == null ? common.kafka() : null, config);
        ProgressDisplay status = ProgressDisplay.standardError();
        String name = out.toAbsolutePath().normalize().getFileName().toString();
        String source = topic != null ? topic : config.topics().logits();
        LivePage live = new LivePage("train", name);
        LiveStudentRow shown = live.add(new LiveStudentRow(
                name,
                name,
                new StudentFolder(out).metrics(),
                config.student(student).training().tokens()));
        try (StopSignal stop = StopSignal.listen();
                MetricsServer metrics = MetricsServer.start(config.metrics());
                LivePageServer server = LivePageServer.start(config.page(), live);
                Tokenizer tokenizer = context.tokenizer()) {
            live.setActivity("trains from " + (archived == null ? "topic " + source : "archive " + archive));
            TrainingProgress progress = new TrainingProgress(name);
            TrainingSummary summary = live.runToEnd(
                    () -> {
                        TrainStage stage = new TrainStage(context, heldOut);
                        DataType type = export == WeightType.bfloat16 ? DataType.BFLOAT16 : DataType.FLOAT32;
                        TrainingListeners listeners = new TrainingListeners(progress.showingOn(status), shown);
                        TrainingSummary trained = archived == null
                                ? stage.train(
                                        source,
                                        group != null ? group : "logitstream-train-" + name,
                                        out,
                                        config.student(student),
                                        type,
                                        tokenizer,
                                        listeners)
                                : stage.train(archived, out, config.student(student), type, tokenizer, listeners);
                        shown.trained();
                        return trained;
                    },
                    "the student is in " + out.toAbsolutePath().normalize());
            progress.complete(summary);
            status.print(progress.ended());
            status.end();
            System.out.printf(
                    "student in %s: %,d steps, %,d of %,d tokens%n",
                    out.toAbsolutePath().normalize(), summary.steps(), summary.tokens(), summary.budget());
        }
        return 0;
    }
}
