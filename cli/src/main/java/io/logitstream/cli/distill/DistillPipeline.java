package io.logitstream.cli.distill;

import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.StudentTrainingConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.page.LiveStudentRow;
import io.logitstream.pipeline.report.DistillSummary;
import io.logitstream.pipeline.stages.ParallelStages;
import io.logitstream.pipeline.stages.ProduceStage;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TeachStage;
import io.logitstream.pipeline.stages.TrainStage;
import io.logitstream.pipeline.status.PipelineStatus;
import io.logitstream.pipeline.status.StudentCheckpoints;
import io.logitstream.pipeline.stop.StoppedException;
import io.logitstream.producers.CorpusAhead;
import io.logitstream.producers.PublishResult;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.training.TrainingSummary;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.stream.TeacherStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;

/**
 * The stages of {@code distill} on a cluster: creates the topics, publishes the corpus, runs the teacher stream, trains
 * the students, evaluates them, and writes the report. Publishing, teaching and training run side by side in this
 * process. Each stage finds out by itself what is done already, so that a run that was killed is continued by starting
 * it again.
 */
final class DistillPipeline {
    private final RunCluster cluster;
    private final KafkaSettings kafka;
    private final LogitstreamConfig config;
    private final TopicsConfig topics;
    private final RunFolder folder;
    private final Tokenizer tokenizer;
    private final CheckedTeacher checkedTeacher;
    private final CorpusAhead corpusAhead;
    private final CorpusAhead heldOutAhead;
    private final DistillProgress progress;
    private final LivePage live;
    private final StageContext context;

    DistillPipeline(
            RunCluster cluster,
            LogitstreamConfig config,
            RunFolder folder,
            Distillation.Inputs inputs,
            DistillProgress progress,
            LivePage live) {
        this.cluster = cluster;
        this.kafka = cluster.kafka();
        this.config = config;
        this.topics = config.topics();
        this.folder = folder;
        this.tokenizer = inputs.tokenizer();
        this.checkedTeacher = inputs.teacher();
        this.corpusAhead = inputs.corpus();
        this.heldOutAhead = inputs.heldOut();
        this.progress = progress;
        this.live = live;
        this.context = new StageContext(kafka, config);
    }

    /**
     * Runs the stages.
     *
     * @param replay whether the students are trained again from topics that are complete
     * @param start start of the command, by {@link System#nanoTime()}
     * @param commandLine command line, for the report
     */
    DistillSummary run(boolean replay, long start, String commandLine) {
        config.students()
                .forEach((name, student) -> live.add(new LiveStudentRow(
                        name,
                        name,
                        new StudentFolder(folder.student(name)).metrics(),
                        student.training().tokens())));
        try {
            return new DistillResults(cluster, config, folder, progress, live)
                    .evaluateAndReport(train(replay), studentFolders(), start, commandLine);
        } catch (StoppedException e) {
            String steps = StudentCheckpoints.steps(studentFolders());
            throw steps == null ? e : StoppedException.at(steps);
        }
    }

    private Map<String, TrainingSummary> train(boolean replay) {
        try (PipelineStatus positions = new PipelineStatus(kafka, watched())) {
            live.setPositions(positions);
            createTopics();
            boolean taught = isTaught();
            if (replay) {
                requireTaught(taught);
                putAsideChangedStudents();
            }
            return taught ? trainByReplay() : produceTeachAndTrain(positions);
        }
    }

    private List<PipelineStatus.WatchedPosition> watched() {
        return List.of(
                new PipelineStatus.WatchedPosition("produce", topics.tokens(), null, progress::isPublished),
                new PipelineStatus.WatchedPosition("teach", topics.tokens(), teacherGroup(), progress::isTaught),
                new PipelineStatus.WatchedPosition("teach", topics.logits(), null, progress::isTaught));
    }

    private String teacherGroup() {
        return config.teach().group(topics.logits());
    }

    private void createTopics() {
        context.ensureTopics(topics.tokens(), topics.logits(), topics.deadLetters(), topics.heldOut());
    }

    private boolean isTaught() {
        try (TopicEnd logits = new TopicEnd(kafka, topics.logits(), topics.maxRecordBytes())) {
            if (!logits.isComplete()) {
                return false;
            }
        }
        try (CorpusCoverage coverage = new TeachStage(context).coverage()) {
            coverage.requireComplete().forEach(progress::print);
        }
        return true;
    }

    private void requireTaught(boolean taught) {
        if (!taught) {
            throw new UsageException("--replay: topic " + topics.logits() + " is not complete in "
                    + folder.path().toAbsolutePath().normalize() + "; run distill there first");
        }
    }

    /** Moves students of other settings aside; those with unchanged settings are finished already. */
    private void putAsideChangedStudents() {
        TrainStage stage = new TrainStage(context);
        List<String> changed = config.students().entrySet().stream()
                .filter(student -> !stage.continues(
                        topics.logits(), folder.student(student.getKey()), student.getValue(), tokenizer))
                .map(Map.Entry::getKey)
                .toList();
        List<String> aside =
                new EarlierResults(folder.path()).putAside(config.students().keySet(), changed);
        if (!aside.isEmpty()) {
            progress.print("earlier results are kept as " + String.join(", ", aside));
        }
        config.students().keySet().stream()
                .filter(name -> !changed.contains(name) && folder.isFinished(name))
                .forEach(name ->
                        progress.print("student " + name + ": its settings are unchanged, so it is not trained again"));
    }

    private Map<String, TrainingSummary> trainByReplay() {
        checkedTeacher.close();
        corpusAhead.close();
        heldOutAhead.close();
        progress.skipTeaching();
        live.setActivity("trains from the complete logits topic");
        progress.print("the logits topic is complete: no teacher is needed");
        try (ParallelStages stages = new ParallelStages()) {
            if (!isHeldOutComplete()) {
                stages.await(stages.start("held-out", this::produceHeldOut), progress::showStages);
            }
            return train(stages, null, progress::showStages);
        }
    }

    private Map<String, TrainingSummary> produceTeachAndTrain(PipelineStatus positions) {
        live.setActivity("publishes, teaches and trains, side by side");
        try (ParallelStages stages = new ParallelStages()) {
            // Tokenizes while the teacher is loaded and its stream joins its group.
            Future<PublishResult> corpus = stages.start("publisher", this::produce);
            Future<PublishResult> heldOut = stages.start("held-out", this::produceHeldOut);
            return teachAndTrain(stages, corpus, heldOut, positions);
        }
    }

    private Map<String, TrainingSummary> teachAndTrain(
            ParallelStages stages,
            Future<PublishResult> corpus,
            Future<PublishResult> heldOut,
            PipelineStatus positions) {
        TeachStage teach = new TeachStage(context);
        // A large teacher takes a while until its first line of progress.
        progress.show(() -> "the teacher starts: its speed is measured");
        try (StreamTeacher teacher = checkedTeacher.take(teach::loadTeacher);
                TeacherStream stream = teach.start(teacher, folder.streamState(), progress.teaching(), false);
                CorpusCoverage coverage = teach.coverage()) {
            RunningTeacher running = new RunningTeacher(stream, coverage, progress, positions, teacherGroup());
            stages.watch(running::requireHealthy);
            Runnable waiting = () -> {
                running.look(stages);
                progress.showStages();
            };
            Long corpusTokens = null;
            if (config.students().values().stream()
                    .anyMatch(student -> student.training().tokens() == null)) {
                // The schedules need the length of the run, which is known once the corpus has been read to its end.
                corpusTokens = stages.await(corpus, waiting).predictedTokens();
            }
            if (config.students().values().stream()
                    .anyMatch(student -> student.training().evaluateSteps() != null)) {
                stages.await(heldOut, waiting);
            }
            Map<String, TrainingSummary> trained = train(stages, corpusTokens, waiting);
            stages.await(corpus, waiting);
            stages.await(heldOut, waiting);
            stages.awaitUntil(progress::isTaught, waiting);
            return trained;
        }
    }

    private PublishResult produce() {
        PublishResult result = new ProduceStage(context)
                .publish(
                        config.corpus(),
                        topics.tokens(),
                        tokenizer,
                        (batches, tokens, fraction) -> progress.publishing(topics.tokens(), batches, tokens, fraction),
                        corpusAhead);
        progress.published(topics.tokens(), result);
        return result;
    }

    /** Whether the held-out text is published. A run may have been killed after its last batch was taught. */
    private boolean isHeldOutComplete() {
        try (TopicEnd heldOut = new TopicEnd(kafka, topics.heldOut(), topics.maxRecordBytes())) {
            return heldOut.isComplete();
        }
    }

    private PublishResult produceHeldOut() {
        return new ProduceStage(context)
                .publish(
                        config.heldOut(), topics.heldOut(), tokenizer, (batches, tokens, fraction) -> {}, heldOutAhead);
    }

    private Map<String, TrainingSummary> train(ParallelStages stages, Long corpusTokens, Runnable waiting) {
        Map<String, Future<TrainingSummary>> runs = new LinkedHashMap<>();
        config.students()
                .forEach((name, student) -> runs.put(
                        name, stages.startStudent(name, () -> train(stages, name, student.withBudget(corpusTokens)))));
        Map<String, TrainingSummary> trained = new LinkedHashMap<>();
        runs.forEach((name, run) -> trained.put(name, stages.await(run, waiting)));
        return trained;
    }

    private TrainingSummary train(ParallelStages stages, String name, StudentTrainingConfig student) {
        TrainingSummary summary = new TrainStage(context)
                .train(
                        topics.logits(),
                        "logitstream-train-" + name,
                        folder.student(name),
                        student,
                        DataType.FLOAT32,
                        tokenizer,
                        new TrainingListeners(stages.stoppable(progress.student(name)), live.student(name)));
        progress.trained(name, summary);
        return summary;
    }

    private Map<String, Path> studentFolders() {
        Map<String, Path> folders = new LinkedHashMap<>();
        config.students().keySet().forEach(name -> folders.put(name, folder.student(name)));
        return folders;
    }
}
