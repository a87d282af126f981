package io.logitstream.cli.distill;

import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.report.DistillSummary;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.PreflightChecks;
import io.logitstream.producers.CorpusAhead;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.tasks.TaskFile;
import io.logitstream.teacher.model.StreamTeacher;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A run of {@code distill} from its checks to its results: checks the configuration, locks the output folder, starts an
 * embedded cluster unless one is given, and runs the stages of {@link DistillPipeline} on it.
 */
public final class Distillation {
    /** What a run reads, opened before its folder is written: the stages use it, and {@link #run()} closes it. */
    record Inputs(Tokenizer tokenizer, CorpusAhead corpus, CorpusAhead heldOut, CheckedTeacher teacher) {}

    private final String commandLine;
    private final Supplier<KafkaSettings> givenCluster;
    private final LogitstreamConfig config;
    private final Path out;
    private final boolean replay;
    private final LivePage live;
    private final DistillProgress progress;

    /**
     * Prepares a run; nothing is read or written yet.
     *
     * @param commandLine command line, for the report
     * @param givenCluster connects to the cluster to work on; null for an embedded one
     * @param config configuration of all stages
     * @param out output folder, new or that of an earlier start of the same run
     * @param replay whether to train again from topics that are complete
     * @param live the run on the status page
     */
    public Distillation(
            String commandLine,
            Supplier<KafkaSettings> givenCluster,
            LogitstreamConfig config,
            Path out,
            boolean replay,
            LivePage live) {
        this.commandLine = commandLine;
        this.givenCluster = givenCluster;
        this.config = config;
        this.out = out;
        this.replay = replay;
        this.live = live;
        this.progress = new DistillProgress(config.students().keySet(), live);
    }

    /**
     * Runs all stages. A run that was stopped or killed is continued.
     *
     * @return results, which are also in {@code summary.json}
     * @throws UsageException if the configuration or the folder cannot be used
     */
    public DistillSummary run() {
        long start = System.nanoTime();
        requireSettings();
        try (Tokenizer tokenizer = Tokenizer.load(
                InputPath.require("tokenizer", config.tokenizer()),
                config.corpus().endOfText())) {
            boolean started = RunFolder.holdsRun(out);
            requireTexts(tokenizer, started);
            boolean ahead = !started && !replay;
            // The teacher is opened before the folder is written: a damaged one would leave a folder that
            // refuses the repaired teacher, whose weights have another hash.
            try (CorpusAhead corpus = open(config.corpus(), tokenizer, ahead);
                    CorpusAhead heldOut = open(config.heldOut(), tokenizer, ahead)) {
                corpus.start();
                try (CheckedTeacher teacher = requireModels(tokenizer, started)) {
                    if (ahead) {
                        // The broker, which starts meanwhile, takes one core, and these take the other in turn.
                        corpus.whenRead(() -> teacher.measureAhead(config, heldOut::start));
                    }
                    return run(new Inputs(tokenizer, corpus, heldOut, teacher), start);
                }
            }
        }
    }

    private static CorpusAhead open(CorpusConfig corpus, Tokenizer tokenizer, boolean ahead) {
        return ahead ? CorpusAhead.open(corpus, tokenizer) : CorpusAhead.none();
    }

    @SuppressWarnings("try") // The lock only has to be held.
    private DistillSummary run(Inputs inputs, long start) {
        KafkaSettings given = givenCluster == null ? null : givenCluster.get();
        RunFolder.requireUsable(out);
        try (FolderLock lock = FolderLock.acquireOutput(out)) {
            RunFolder folder = RunFolder.open(
                    out, config, inputs.tokenizer(), inputs.teacher().hash(config));
            return given == null
                    ? runEmbedded(folder, inputs, start)
                    : runOn(new RunCluster(given, () -> {}), folder, inputs, start);
        }
    }

    private void requireSettings() {
        if (config.students().values().stream()
                .allMatch(student -> student.loss().alpha() == 0)) {
            throw new UsageException("loss.alpha is 0 for every student, so none is distilled; set it above 0");
        }
        config.students().forEach((name, student) -> PreflightChecks.requireLossFits(config, name, student.loss()));
        if (config.heldOut() == null) {
            throw new UsageException("heldOut is null; set heldOut.source to text to evaluate on");
        }
        PreflightChecks.requireOneStandardInput(config);
        InputPath.require("teacher", config.teacher());
        InputPath.require("tokenizer", config.tokenizer());
    }

    /** Checks all that can be checked without libtorch, which may still be loading. */
    private void requireTexts(Tokenizer tokenizer, boolean started) {
        PreflightChecks.requireTokenizerOfTeacher(config, tokenizer);
        if (replay && givenCluster == null && !started) {
            throw new UsageException(
                    "--replay: " + out.toAbsolutePath().normalize() + " holds no run; run distill there first");
        }
        if (!started) {
            PreflightChecks.requireDistillable(config);
        }
        TaskFile.read(config.tasks());
    }

    private CheckedTeacher requireModels(Tokenizer tokenizer, boolean started) {
        PreflightChecks.requireDevice("compute.device", config.compute().device());
        if (started) {
            return new CheckedTeacher(null);
        }
        config.students()
                .values()
                .forEach(student -> PreflightChecks.requireStart(
                        student.student(), tokenizer, config.compute().device()));
        return new CheckedTeacher(openTeacher());
    }

    private StreamTeacher openTeacher() {
        Supplier<StreamTeacher> open = () -> PreflightChecks.openTeacher(config);
        return config.teach().server() != null
                ? open.get()
                : new LoadingNotice(progress::print).during(config.teacher(), open);
    }

    private DistillSummary runEmbedded(RunFolder folder, Inputs inputs, long start) {
        progress.print("starting a broker and a schema registry on loopback");
        try (EmbeddedCluster cluster = EmbeddedCluster.start(folder.path(), config.cluster())) {
            KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
            return runOn(new RunCluster(kafka, cluster::close), folder, inputs, start);
        }
    }

    private DistillSummary runOn(RunCluster cluster, RunFolder folder, Inputs inputs, long start) {
        return new DistillPipeline(cluster, config, folder, inputs, progress, live).run(replay, start, commandLine);
    }
}
