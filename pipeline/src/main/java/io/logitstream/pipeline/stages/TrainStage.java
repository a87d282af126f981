package io.logitstream.pipeline.stages;

import ai.djl.ndarray.types.DataType;
import io.logitstream.files.FolderLock;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.ComputeConfig;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.StudentTrainingConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.metrics.StudentMeters;
import io.logitstream.pipeline.metrics.TeachMeters;
import io.logitstream.pipeline.stop.StoppableTraining;
import io.logitstream.pipeline.stop.StoppedException;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.tensorboard.TensorBoardLog;
import io.logitstream.student.training.LogitsEmitter;
import io.logitstream.student.training.Trainer;
import io.logitstream.student.training.TrainingJob;
import io.logitstream.student.training.TrainingListener;
import io.logitstream.student.training.TrainingStoppedException;
import io.logitstream.student.training.TrainingSummary;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.online.EmittedLogitsWriter;
import io.micrometer.core.instrument.Metrics;
import java.nio.file.Path;
import java.util.List;

/** Third stage: trains a student from a logits topic, or a model from a tokens topic. */
public final class TrainStage {
    private final StageContext context;
    private final Archive heldOut;

    public TrainStage(StageContext context) {
        this(context, null);
    }

    /**
     * Trains students that are evaluated on the text of an archive.
     *
     * @param heldOut archive of a tokens topic for {@code training.evaluateSteps}; null for the topic of the cluster
     */
    public TrainStage(StageContext context, Archive heldOut) {
        this.context = context;
        this.heldOut = heldOut;
    }

    /**
     * Trains a student in the calling thread.
     *
     * @param topic logits topic, or tokens topic with alpha 0
     * @param group consumer group that shows the lag
     * @param out folder of the student
     * @param student shape, training and loss
     * @param exportType type of the finished weights
     * @param tokenizer tokenizer of the topic
     * @param listener receives the progress
     * @throws StoppedException if a signal stops the command; a checkpoint is written before
     */
    public TrainingSummary train(
            String topic,
            String group,
            Path out,
            StudentTrainingConfig student,
            DataType exportType,
            Tokenizer tokenizer,
            TrainingListener listener) {
        return train(topic, group, out, student, exportType, tokenizer, listener, null);
    }

    /**
     * Trains a student, as above.
     *
     * @param emitters emits the logits of the training's own forward passes; null for none
     */
    public TrainingSummary train(
            String topic,
            String group,
            Path out,
            StudentTrainingConfig student,
            DataType exportType,
            Tokenizer tokenizer,
            TrainingListener listener,
            LogitsEmitter.Factory emitters) {
        requirePossible(out);
        context.requireTopic(topic);
        return train(job(topic, group, out, student, exportType, tokenizer, null), student, listener, emitters);
    }

    /**
     * Trains a student from an archive, without a cluster. The weights are those of a training from the archived topic.
     *
     * @param archive archive of a logits topic, or of a tokens topic with alpha 0
     * @param out folder of the student
     * @param student shape, training and loss
     * @param exportType type of the finished weights
     * @param tokenizer tokenizer of the topic
     * @param listener receives the progress
     */
    public TrainingSummary train(
            Archive archive,
            Path out,
            StudentTrainingConfig student,
            DataType exportType,
            Tokenizer tokenizer,
            TrainingListener listener) {
        requirePossible(out);
        String topic = archive.manifest().topic().name();
        return train(job(topic, "", out, student, exportType, tokenizer, archive), student, listener, null);
    }

    // Before the topic is looked up: a setting that cannot be is told first.
    private void requirePossible(Path out) {
        ComputeConfig compute = context.config().compute();
        Torch.start(compute.threads());
        PreflightChecks.requireDevice("compute.device", compute.device());
        PreflightChecks.requireStudentFolder(out);
    }

    @SuppressWarnings("try") // The lock only has to be held.
    private TrainingSummary train(
            TrainingJob job, StudentTrainingConfig student, TrainingListener listener, LogitsEmitter.Factory emitters) {
        LogitstreamConfig config = context.config();
        Path out = job.out();
        if (!new StudentFolder(out).hasCheckpoint()) {
            PreflightChecks.requireStart(
                    student.student(), job.tokenizer(), config.compute().device());
        }
        String name = out.toAbsolutePath().normalize().getFileName().toString();
        try (FolderLock lock = FolderLock.acquireOutput(out);
                StudentMeters meters = new StudentMeters(Metrics.globalRegistry, name);
                TensorBoardLog board =
                        new TensorBoardLog(new StudentFolder(out).eventFiles(), student.hyperparameters())) {
            return Trainer.train(
                    context.kafka(),
                    job,
                    new TrainingListeners(listener, meters, board, new StoppableTraining()),
                    emitters);
        } catch (TrainingStoppedException e) {
            throw e.step() == 0 ? StoppedException.anywhere() : StoppedException.at("at step " + e.step());
        }
    }

    /** Whether a student's folder holds a run with the same settings; true for a folder without checkpoints. */
    public boolean continues(String topic, Path out, StudentTrainingConfig student, Tokenizer tokenizer) {
        return job(topic, "", out, student, DataType.FLOAT32, tokenizer, null).continues();
    }

    private TrainingJob job(
            String topic,
            String group,
            Path out,
            StudentTrainingConfig student,
            DataType exportType,
            Tokenizer tokenizer,
            Archive archive) {
        LogitstreamConfig config = context.config();
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
                config.topics().heldOut(),
                archive,
                heldOut,
                config.corpus().documents(),
                config.heldOutDocuments());
    }

    /**
     * Opens the emitter that writes a training's own logits to the logits topic. Creates the topic if it does not exist.
     *
     * @param id name of the teacher in the records
     * @param tokenizer tokenizer of the tokens topic
     * @param listener notified of each batch
     */
    public LogitsEmitter.Factory logitsEmitter(String id, Tokenizer tokenizer, TeachListener listener) {
        LogitstreamConfig config = context.config();
        TopicsConfig topics = config.topics();
        PreflightChecks.requireLogitsFit(config);
        context.ensureTopics(topics.logits());
        return (settings, step) -> new LogitsTopicEmitter(EmittedLogitsWriter.start(
                context.kafka(),
                topics.logits(),
                new EmittedLogitsWriter.Settings(
                        id,
                        LogitsTopicEmitter.hash(settings),
                        config.selection(),
                        config.teach().codec(),
                        config.compute().device(),
                        tokenizer.vocabularySize(),
                        tokenizer.identity().vocabulary()),
                step,
                topics.maxRecordBytes(),
                new TeachMeters(Metrics.globalRegistry, listener)));
    }
}
