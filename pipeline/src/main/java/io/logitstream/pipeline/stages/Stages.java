package io.logitstream.pipeline.stages;

import ai.djl.ndarray.types.DataType;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.trial.FaultText;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.StudentRun;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.console.StatusLine;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.metrics.PublishMeters;
import io.logitstream.pipeline.metrics.StudentMeters;
import io.logitstream.pipeline.metrics.TeachMeters;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.pipeline.stop.StoppableTraining;
import io.logitstream.pipeline.stop.StoppedException;
import io.logitstream.producers.PublishListener;
import io.logitstream.producers.PublishResult;
import io.logitstream.producers.TokenPublisher;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.student.checkpoint.TrainingJob;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.evaluation.Evaluator;
import io.logitstream.student.tasks.MultipleChoice;
import io.logitstream.student.tasks.TaskFile;
import io.logitstream.student.tasks.TaskScore;
import io.logitstream.student.tensorboard.TensorBoardLog;
import io.logitstream.student.training.LogitsEmitter;
import io.logitstream.student.training.Trainer;
import io.logitstream.student.training.TrainingListener;
import io.logitstream.student.training.TrainingStoppedException;
import io.logitstream.student.training.TrainingSummary;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.online.EmittedLogitsWriter;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.resume.ResumeOptions;
import io.logitstream.teacher.stream.TeacherStream;
import io.micrometer.core.instrument.Metrics;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.admin.Admin;

/** The stages as functions, the same for {@code distill} and for the commands of their own. */
public final class Stages {
    private final KafkaSettings kafka;
    private final LogitstreamConfig config;

    public Stages(KafkaSettings kafka, LogitstreamConfig config) {
        this.kafka = kafka == null ? null : config.metrics().reporting(kafka);
        this.config = config;
    }

    /** Creates topics, or checks that they have the settings configured. */
    public void ensureTopics(String... names) {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(
                    admin, Arrays.stream(names).map(config.topics()::settings).toArray(TopicSettings[]::new));
        }
    }

    /** Opens the configured tokenizer; the caller closes it. */
    public Tokenizer tokenizer() {
        return Tokenizer.load(existing("tokenizer", config.tokenizer()));
    }

    @SuppressWarnings("try")
    public // The registration is there for the signal.
    PublishResult publish(CorpusConfig corpus, String topic, Tokenizer tokenizer, PublishListener listener) {
        RunChecks.requireCorpus(corpus);
        RunChecks.requireTokensFit(corpus, config.topics());
        ensureTopics(topic);
        try (PublishMeters meters = new PublishMeters(Metrics.globalRegistry, topic, listener);
                TokenPublisher publisher = new TokenPublisher(kafka, topic, corpus, tokenizer, meters);
                StopSignal.Registration stop = StopSignal.onStop(publisher::close)) {
            PublishResult result = publisher.publish();
            if (!result.complete()) {
                StopSignal.requireRunning();
            }
            return result;
        }
    }

    /** Loads the configured teacher; the caller closes it. */
    public TeacherModel teacher() {
        return teacher(config);
    }

    /** Loads a teacher without a cluster to teach on. */
    static TeacherModel teacher(LogitstreamConfig config) {
        Torch.start(config.compute().threads());
        RunChecks.requireDevice("teach.device", config.teach().device());
        return TeacherModel.load(existing("teacher", config.teacher()), config.teach(), config.selection());
    }

    /**
     * Starts the teacher stream.
     *
     * @param announced whether it follows announcements of other teachers
     */
    public TeacherStream teach(TeacherModel teacher, Path stateFolder, TeachListener listener, boolean announced) {
        return teach(teacher, stateFolder, listener, announced, ResumeOptions.NONE);
    }

    /** As the other, with what the user allows where the stream would stop. */
    public TeacherStream teach(
            TeacherModel teacher, Path stateFolder, TeachListener listener, boolean announced, ResumeOptions resume) {
        TopicsConfig topics = config.topics();
        RunChecks.requireLogitsFit(config);
        ensureTopics(topics.tokens(), topics.logits(), topics.deadLetters());
        if (announced) {
            ensureTopics(topics.teachers());
        }
        return TeacherStream.start(
                kafka,
                streamTopics(announced),
                config.teach(),
                teacher,
                new TeacherStream.BatchShape(
                        config.corpus().rows(), config.corpus().contextLength()),
                topics.maxRecordBytes(),
                stateFolder,
                new TeachMeters(Metrics.globalRegistry, listener),
                resume);
    }

    /** How much of the tokens topic is in the logits topic; the caller closes it. */
    public CorpusCoverage coverage() {
        return new CorpusCoverage(
                kafka,
                streamTopics(false),
                config.teach().group(config.topics().logits()),
                config.topics().maxRecordBytes(),
                StopSignal::requireRunning);
    }

    private TeacherStream.Topics streamTopics(boolean announced) {
        TopicsConfig topics = config.topics();
        return new TeacherStream.Topics(
                topics.tokens(), topics.logits(), topics.deadLetters(), announced ? topics.teachers() : null);
    }

    /** Trains a student in the calling thread. */
    public TrainingSummary train(
            String topic,
            String group,
            Path out,
            StudentRun student,
            DataType exportType,
            Tokenizer tokenizer,
            TrainingListener listener) {
        return train(topic, group, out, student, exportType, tokenizer, listener, null);
    }

    /** As the other, with an emitter of the training's own logits, which may be null. */
    @SuppressWarnings("try")
    public // The lock is there for others.
    TrainingSummary train(
            String topic,
            String group,
            Path out,
            StudentRun student,
            DataType exportType,
            Tokenizer tokenizer,
            TrainingListener listener,
            LogitsEmitter.Factory emitters) {
        Torch.start(config.compute().threads());
        RunChecks.requireDevice("compute.device", config.compute().device());
        RunChecks.requireStudentFolder(out);
        requireTopic(topic);
        TrainingJob job = job(topic, group, out, student, exportType, tokenizer);
        String name = out.toAbsolutePath().normalize().getFileName().toString();
        try (FolderLock lock = FolderLock.acquireOutput(out);
                StudentMeters meters = new StudentMeters(Metrics.globalRegistry, name);
                TensorBoardLog board = new TensorBoardLog(out.resolve("tensorboard"), student.hyperparameters())) {
            return Trainer.train(
                    kafka, job, new TrainingListeners(listener, meters, board, new StoppableTraining()), emitters);
        } catch (TrainingStoppedException e) {
            throw e.step() == 0 ? StoppedException.anywhere() : StoppedException.at("at step " + e.step());
        }
    }

    /** Whether what a student's folder holds is of the same settings; also where it holds nothing. */
    public boolean continues(String topic, Path out, StudentRun student, Tokenizer tokenizer) {
        return job(topic, "", out, student, DataType.FLOAT32, tokenizer).continues();
    }

    private TrainingJob job(
            String topic, String group, Path out, StudentRun student, DataType exportType, Tokenizer tokenizer) {
        // A live run is as long as the corpus, which is in the tokens topic before its logits are complete.
        List<String> sizedBy = topic.equals(config.topics().logits())
                ? List.of(topic, config.topics().tokens())
                : List.of(topic);
        return new TrainingJob(
                topic,
                sizedBy,
                group,
                out,
                tokenizer,
                student.student(),
                student.training(),
                student.loss(),
                config.compute().device(),
                exportType,
                config.topics().heldOut());
    }

    /**
     * Opens the emitter that writes a training's own logits to the logits topic. Creates the topic if it does not exist.
     *
     * @param id name of the teacher in the records
     * @param tokenizer tokenizer of the tokens topic
     * @param listener notified of each batch
     */
    public LogitsEmitter.Factory logitsEmitter(String id, Tokenizer tokenizer, TeachListener listener) {
        TopicsConfig topics = config.topics();
        RunChecks.requireLogitsFit(config);
        ensureTopics(topics.logits());
        return (settings, step) -> new LogitsTopicEmitter(EmittedLogitsWriter.start(
                kafka,
                topics.logits(),
                new EmittedLogitsWriter.Settings(
                        id,
                        LogitsTopicEmitter.hash(settings),
                        config.selection(),
                        config.teach().codec(),
                        config.compute().device(),
                        tokenizer.vocabularySize()),
                step,
                topics.maxRecordBytes(),
                new TeachMeters(Metrics.globalRegistry, listener)));
    }

    private void requireTopic(String topic) {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.maxRecordBytes(admin, topic);
        }
    }

    /**
     * Evaluates the teacher and the students of a run on the held-out topic, with all cores. A student that has seen only
     * shorter contexts, those of a small corpus, is evaluated with a warning.
     */
    public Map<String, Evaluation> evaluate(Map<String, Path> students, LongConsumer progress) {
        return evaluate(students, Evaluator.Contexts.ANY_LENGTH, progress);
    }

    /** Evaluates the teacher and models by name on the held-out topic, with all cores. */
    public Map<String, Evaluation> evaluate(
            Map<String, Path> models, Evaluator.Contexts contexts, LongConsumer progress) {
        Torch.start(Runtime.getRuntime().availableProcessors());
        RunChecks.requireDevice("compute.device", config.compute().device());
        return Evaluator.evaluate(
                kafka,
                config.topics().heldOut(),
                existing("teacher", config.teacher()),
                config.teach().torchScript(),
                models,
                contexts,
                config.compute().device(),
                tokens -> {
                    StopSignal.requireRunning();
                    progress.accept(tokens);
                });
    }

    /**
     * Scores models on the configured tasks, one model in memory at a time, with all cores.
     *
     * @param config configuration with the tasks' files
     * @param models Hugging Face folders, each with its tokenizer, by name
     * @param status shows the progress
     * @return scores by model and task; no model when there are no tasks
     */
    public static Map<String, Map<String, TaskScore>> scoreTasks(
            LogitstreamConfig config, Map<String, Path> models, StatusLine status) {
        Map<String, Map<String, TaskScore>> scores = new LinkedHashMap<>();
        List<TaskFile> tasks = TaskFile.read(config.tasks());
        if (tasks.isEmpty()) {
            return scores;
        }
        Torch.start(Runtime.getRuntime().availableProcessors());
        RunChecks.requireDevice("compute.device", config.compute().device());
        models.forEach((name, folder) -> {
            if (name.equals("teacher") && TorchScriptFile.isTorchScript(folder)) {
                status.print(
                        "tasks are not scored for the teacher: a TorchScript file does not say how long a text it reads");
                return;
            }
            try (LanguageModel model =
                            LanguageModels.load(folder, config.compute().device());
                    Tokenizer tokenizer = Tokenizer.load(folder);
                    MultipleChoice scorer = new MultipleChoice(model, tokenizer)) {
                Map<String, TaskScore> ofModel = new LinkedHashMap<>();
                for (TaskFile task : tasks) {
                    long choices = task.choices();
                    ofModel.put(task.name(), scorer.score(task, done -> {
                        StopSignal.requireRunning();
                        status.show(() ->
                                String.format("%s scored %,d of %,d choices of %s", name, done, choices, task.name()));
                    }));
                }
                scores.put(name, ofModel);
            } catch (ModelException e) {
                throw e.getMessage().contains(folder.toString())
                        ? e
                        : new LogitstreamException(name + " (" + folder + "): " + e.getMessage(), e);
            }
        });
        return scores;
    }

    /** Requires that a tokenizer of its own is the teacher's, before anything is published with it. */
    public static void requireTokenizerOfTeacher(LogitstreamConfig config, Tokenizer tokenizer) {
        Path folder = existing("teacher", config.teacher());
        try (Tokenizer own = Tokenizer.load(folder)) {
            if (!own.hash().equals(tokenizer.hash())) {
                throw new UsageException("tokenizer " + tokenizer.file() + " is not the one of teacher " + folder
                        + "; the teacher's logits are only meaningful for its own tokens");
            }
        }
        if (TorchScriptFile.isTorchScript(folder)) {
            // Its vocabulary shows only when it runs.
            return;
        }
        int vocabulary = LanguageModels.config(folder).vocabularySize();
        if (tokenizer.vocabularySize() > vocabulary) {
            throw new UsageException("tokenizer " + tokenizer.file() + " has " + tokenizer.vocabularySize()
                    + " tokens, more than the vocabulary of teacher " + folder + ", " + vocabulary);
        }
    }

    public static Path existing(String what, String path) {
        if (path == null) {
            throw new UsageException("no " + what + " is given");
        }
        Path file;
        try {
            file = Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new UsageException(what + " " + FaultText.of(e));
        }
        if (!Files.exists(file)) {
            throw new UsageException(what + " " + file + " does not exist");
        }
        return file;
    }
}
