package io.logitstream.cli.distill;

import ai.djl.ndarray.types.DataType;
import io.logitstream.cli.options.CommonOptions;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.exploration.results.ReportPage;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.StudentRun;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.console.ProgressLine;
import io.logitstream.pipeline.console.StatusLine;
import io.logitstream.pipeline.console.TeachProgress;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.inspection.TopicInspection;
import io.logitstream.pipeline.inspection.TopicInspector;
import io.logitstream.pipeline.inspection.TopicRange;
import io.logitstream.pipeline.page.LiveRun;
import io.logitstream.pipeline.page.LiveStudent;
import io.logitstream.pipeline.report.ModelReport;
import io.logitstream.pipeline.report.Reports;
import io.logitstream.pipeline.report.Summary;
import io.logitstream.pipeline.stages.RunChecks;
import io.logitstream.pipeline.stages.Stages;
import io.logitstream.pipeline.stages.Workers;
import io.logitstream.pipeline.status.DataWay;
import io.logitstream.pipeline.status.StageStatus;
import io.logitstream.pipeline.status.StudentFolder;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.pipeline.stop.StoppedException;
import io.logitstream.producers.PublishResult;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.tasks.TaskFile;
import io.logitstream.student.training.TrainingSummary;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.stream.TeacherStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The pipeline of {@code distill}: all stages in this process, side by side, on an embedded or a given cluster. Each
 * stage finds out by itself what is done already, so that a run that was killed is started again in the same way.
 */
public final class Distillation {
    private static final long LOOK = TimeUnit.SECONDS.toNanos(1);

    private final CommonOptions common;
    private final LogitstreamConfig config;
    private final Path out;
    private final boolean replay;
    private final LiveRun live;
    private final StatusLine status = new StatusLine();
    private final TeachProgress teaching = new TeachProgress();
    private final Map<String, TrainingProgress> training = new LinkedHashMap<>();
    private volatile String publishing;
    private volatile boolean teacherAtWork = true;
    private volatile boolean published;
    private Supplier<List<StageStatus>> positions = List::of;
    private long lastLook = System.nanoTime();

    public Distillation(CommonOptions common, LogitstreamConfig config, Path out, boolean replay, LiveRun live) {
        this.common = common;
        this.live = live;
        this.config = config;
        this.out = out;
        this.replay = replay;
        config.students().keySet().forEach(name -> training.put(name, new TrainingProgress(name)));
    }

    public Summary run() {
        long start = System.nanoTime();
        if (config.students().values().stream()
                .allMatch(student -> student.loss().alpha() == 0)) {
            throw new UsageException("loss.alpha is 0: the distilled student would be the baseline");
        }
        if (config.heldOut() == null) {
            throw new UsageException("heldOut is null: name text to evaluate on");
        }
        Stages.existing("teacher", config.teacher());
        try (Tokenizer tokenizer = Tokenizer.load(Stages.existing("tokenizer", config.tokenizer()))) {
            Stages.requireTokenizerOfTeacher(config, tokenizer);
            requirePossible();
            TaskFile.read(config.tasks());
            KafkaSettings given = common.hasCluster() ? common.kafka() : null;
            RunFolder.requireUsable(out);
            return runLocked(tokenizer, given, start);
        }
    }

    @SuppressWarnings("try") // The lock is there for others.
    private Summary runLocked(Tokenizer tokenizer, KafkaSettings given, long start) {
        try (FolderLock lock = FolderLock.acquireOutput(out)) {
            RunFolder folder = RunFolder.open(out, config, tokenizer);
            if (given != null) {
                return run(folder, tokenizer, given, start);
            }
            status.print("starting a broker and a schema registry on loopback");
            try (EmbeddedCluster cluster = EmbeddedCluster.start(folder.path(), config.cluster())) {
                KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
                return run(folder, tokenizer, kafka, start);
            }
        }
    }

    private void requirePossible() {
        if (replay && !common.hasCluster() && !RunFolder.holdsRun(out)) {
            throw new UsageException(
                    "--replay: " + out.toAbsolutePath().normalize() + " holds no run; run distill there first");
        }
        RunChecks.requireDevice("compute.device", config.compute().device());
        if (!RunFolder.holdsRun(out)) {
            RunChecks.requireDistillable(config);
        }
    }

    private Summary run(RunFolder folder, Tokenizer tokenizer, KafkaSettings kafka, long start) {
        config.students()
                .forEach((name, student) -> live.add(new LiveStudent(
                        name,
                        name,
                        folder.student(name).resolve("metrics.jsonl"),
                        student.training().tokens())));
        try (DataWay way = new DataWay(kafka, watched())) {
            live.way(way);
            positions = way;
            return runOn(folder, tokenizer, kafka, start);
        } catch (StoppedException e) {
            Map<String, Path> students = new LinkedHashMap<>();
            config.students().keySet().forEach(name -> students.put(name, folder.student(name)));
            String steps = StudentFolder.steps(students);
            throw steps == null ? e : StoppedException.at(steps);
        }
    }

    private List<DataWay.Watched> watched() {
        TopicsConfig topics = config.topics();
        return List.of(
                new DataWay.Watched("produce", topics.tokens(), null, () -> published),
                new DataWay.Watched(
                        "teach", topics.tokens(), config.teach().group(topics.logits()), () -> !teacherAtWork),
                new DataWay.Watched("teach", topics.logits(), null, () -> !teacherAtWork));
    }

    private Summary runOn(RunFolder folder, Tokenizer tokenizer, KafkaSettings kafka, long start) {
        Stages stages = new Stages(kafka, config);
        TopicsConfig topics = config.topics();
        stages.ensureTopics(topics.tokens(), topics.logits(), topics.deadLetters(), topics.heldOut());
        boolean taught;
        try (TopicEnd logits = new TopicEnd(kafka, topics.logits(), topics.maxRecordBytes())) {
            taught = logits.isComplete();
        }
        if (taught) {
            try (CorpusCoverage coverage = stages.coverage()) {
                coverage.requireComplete().forEach(status::print);
            }
        }
        if (replay) {
            if (!taught) {
                throw new UsageException("--replay: topic " + topics.logits() + " is not complete in "
                        + out.toAbsolutePath().normalize() + "; run distill there first");
            }
            putAsideChanged(stages, folder, tokenizer);
        }

        Map<String, TrainingSummary> trained;
        if (taught) {
            teacherAtWork = false;
            published = true;
            live.doing("trains from the logits that are there");
            status.print("the logits are complete: no teacher is needed");
            try (Workers workers = new Workers()) {
                trained = train(stages, folder, tokenizer, null, workers, this::showStages);
            }
        } else {
            live.doing("publishes, teaches and trains, side by side");
            trained = teachAndTrain(stages, folder, tokenizer, kafka);
        }
        return evaluate(stages, folder, kafka, trained, start);
    }

    // Students whose settings are those of before are finished already: their training ends where it ended.
    private void putAsideChanged(Stages stages, RunFolder folder, Tokenizer tokenizer) {
        List<String> changed = config.students().entrySet().stream()
                .filter(student -> !stages.continues(
                        config.topics().logits(), folder.student(student.getKey()), student.getValue(), tokenizer))
                .map(Map.Entry::getKey)
                .toList();
        List<String> aside = new EarlierResults(out).putAside(config.students().keySet(), changed);
        if (!aside.isEmpty()) {
            status.print("earlier results are kept as " + String.join(", ", aside));
        }
        config.students().keySet().stream()
                .filter(name -> !changed.contains(name) && folder.isFinished(name))
                .forEach(name ->
                        status.print("student " + name + ": its settings are unchanged, so it is not trained again"));
    }

    private Map<String, TrainingSummary> teachAndTrain(
            Stages stages, RunFolder folder, Tokenizer tokenizer, KafkaSettings kafka) {
        TopicsConfig topics = config.topics();
        try (Workers workers = new Workers();
                TeacherModel teacher = stages.teacher();
                TeacherStream stream = stages.teach(teacher, folder.streamState(), teaching, false);
                CorpusCoverage coverage = stages.coverage()) {
            workers.watch(stream::requireHealthy);
            var corpus = workers.start("publisher", () -> {
                stages.publish(config.heldOut(), topics.heldOut(), tokenizer, (batches, tokens, fraction) -> {});
                PublishResult result =
                        stages.publish(config.corpus(), topics.tokens(), tokenizer, (batches, tokens, fraction) -> {
                            publishing = Reports.publishing(batches, tokens, fraction);
                            live.published(topics.tokens(), tokens, fraction);
                        });
                live.published(topics.tokens(), result.predictedTokens(), 1);
                teaching.published(result.batches());
                status.print(Reports.published(result));
                publishing = null;
                published = true;
                return result;
            });
            Long tokens = null;
            if (config.students().values().stream()
                    .anyMatch(student -> student.training().tokens() == null)) {
                // The schedules need the length of the run, which is known once the corpus has been read to its end.
                tokens = workers.await(corpus, () -> showStatus(coverage)).predictedTokens();
            }
            Map<String, TrainingSummary> trained =
                    train(stages, folder, tokenizer, tokens, workers, () -> showStatus(coverage));
            workers.await(corpus, () -> showStatus(coverage));
            workers.awaitUntil(() -> !teacherAtWork, () -> showStatus(coverage));
            return trained;
        }
    }

    private Map<String, TrainingSummary> train(
            Stages stages,
            RunFolder folder,
            Tokenizer tokenizer,
            Long corpusTokens,
            Workers workers,
            Runnable waiting) {
        Map<String, Future<TrainingSummary>> runs = new LinkedHashMap<>();
        config.students()
                .forEach((name, student) -> runs.put(
                        name,
                        workers.startStudent(
                                name,
                                () -> train(
                                        stages, folder, tokenizer, student.withBudget(corpusTokens), name, workers))));
        Map<String, TrainingSummary> trained = new LinkedHashMap<>();
        runs.forEach((name, run) -> trained.put(name, workers.await(run, waiting)));
        return trained;
    }

    private TrainingSummary train(
            Stages stages, RunFolder folder, Tokenizer tokenizer, StudentRun student, String name, Workers workers) {
        TrainingSummary summary = stages.train(
                config.topics().logits(),
                "logitstream-train-" + name,
                folder.student(name),
                student,
                DataType.FLOAT32,
                tokenizer,
                new TrainingListeners(workers.stoppable(training.get(name)), live.student(name)));
        live.student(name).trained();
        training.get(name).complete(summary);
        status.print("student " + training.get(name).ended());
        return summary;
    }

    private Summary evaluate(
            Stages stages, RunFolder folder, KafkaSettings kafka, Map<String, TrainingSummary> trained, long start) {
        StopSignal.requireRunning();
        live.doing("evaluates on the held-out text");
        Map<String, Path> folders = new LinkedHashMap<>();
        trained.keySet().forEach(name -> folders.put(name, folder.student(name)));
        Map<String, Evaluation> evaluations = stages.evaluate(
                folders, tokens -> status.show(() -> String.format("evaluated %,d held-out tokens", tokens)));
        folders.put("teacher", Stages.existing("teacher", config.teacher()));
        Map<String, ModelReport> results = ModelReport.of(evaluations, Stages.scoreTasks(config, folders, status));
        TopicInspection logits = new TopicInspector(
                        kafka, config.topics().logits(), config.topics().maxRecordBytes(), TopicRange.all())
                .inspect(tokens -> {
                    StopSignal.requireRunning();
                    status.show(() -> String.format("measured %,d tokens of the logits topic", tokens));
                });
        status.end();
        ModelReport teacher = results.remove("teacher");
        double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
        Summary summary = new Summary(
                teacher,
                results,
                trained.values().iterator().next().tokens(),
                logits.diskBytesPerToken() != null ? logits.diskBytesPerToken() : logits.recordBytesPerToken(),
                logits.recordBytesPerToken(),
                seconds);
        folder.writeSummary(summary);
        trained.forEach((name, student) ->
                live.student(name).finished(evaluations.get(name).loss(), student.tokens()));
        String report = DistillReport.json(config, folder, trained, evaluations, logits, common.commandLine());
        folder.writeReport(ReportPage.html(live.title(), report));
        live.report(report);
        return summary;
    }

    // The students go on when the teacher is through: its line is not to stand there with a rate that decays.
    // And each student would miss a batch that is missing, and wait for an end marker that is a dead letter.
    private void showStatus(CorpusCoverage coverage) {
        if (teacherAtWork && published && System.nanoTime() - lastLook > LOOK) {
            lastLook = System.nanoTime();
            teaching.position(config.teach().group(config.topics().logits()), positions.get());
            if (coverage.isOver()) {
                coverage.requireComplete().forEach(status::print);
                endOfTeaching();
            }
        }
        showStages();
    }

    private void endOfTeaching() {
        if (teacherAtWork) {
            teaching.complete();
            teacherAtWork = false;
            status.print("teacher complete: " + teaching.summary());
        }
    }

    private void showStages() {
        status.showStages(() -> {
            List<ProgressLine> lines = new ArrayList<>();
            String text = publishing;
            if (text != null) {
                lines.add(ProgressLine.of(text));
            }
            if (teacherAtWork) {
                lines.add(teaching.line());
            }
            training.values().forEach(student -> lines.add(student.line()));
            return lines;
        });
    }
}
