package io.logitstream.pipeline.stages;

import io.logitstream.model.libtorch.Torch;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.metrics.TeachMeters;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.ResumeOptions;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.model.ServedTeacher;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.StreamTeachers;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.stream.TeacherStream;
import io.micrometer.core.instrument.Metrics;
import java.nio.file.Path;

/** Second stage: the teacher stream, which writes the logits of each batch of the tokens topic to the logits topic. */
public final class TeachStage {
    private final StageContext context;

    public TeachStage(StageContext context) {
        this.context = context;
    }

    /** Loads the configured teacher, or connects to its server; the caller closes it. */
    public StreamTeacher loadTeacher() {
        return loadTeacher(context.config());
    }

    /** Loads a teacher without a cluster to teach on. */
    static StreamTeacher loadTeacher(LogitstreamConfig config) {
        if (config.teach().server() == null) {
            Torch.start(config.compute().threads());
            PreflightChecks.requireDevice("teach.device", config.teach().device());
        }
        return StreamTeachers.open(InputPath.require("teacher", config.teacher()), config.teach(), config.selection());
    }

    /**
     * Starts the teacher stream on threads of its own.
     *
     * @param teacher model that computes the logits
     * @param stateFolder folder of Kafka Streams' own files
     * @param listener receives the progress
     * @param announced whether the stream follows announcements of other teachers
     * @return running stream; the caller closes it
     */
    public TeacherStream start(StreamTeacher teacher, Path stateFolder, TeachListener listener, boolean announced) {
        return start(teacher, stateFolder, listener, announced, ResumeOptions.NONE);
    }

    /**
     * Starts the teacher stream, as above.
     *
     * @param resume what the user allows where the stream would stop
     */
    public TeacherStream start(
            StreamTeacher teacher, Path stateFolder, TeachListener listener, boolean announced, ResumeOptions resume) {
        LogitstreamConfig config = context.config();
        TopicsConfig topics = config.topics();
        PreflightChecks.requireLogitsFit(config);
        context.ensureTopics(topics.tokens(), topics.logits(), topics.deadLetters());
        if (announced) {
            context.ensureTopics(topics.teachers());
        }
        TeachMeters meters = new TeachMeters(Metrics.globalRegistry, listener);
        if (teacher instanceof ServedTeacher served) {
            meters.following(served.traffic());
        }
        return TeacherStream.start(
                new StreamSettings(
                        context.kafka(),
                        streamTopics(announced),
                        config.teach(),
                        new BatchShape(
                                config.corpus().rows(),
                                config.corpus().contextLength(),
                                config.corpus().documents()),
                        topics.maxRecordBytes(),
                        stateFolder,
                        resume),
                teacher,
                meters);
    }

    /** Compares the tokens topic with the logits topic, to find when all is taught; the caller closes it. */
    public CorpusCoverage coverage() {
        LogitstreamConfig config = context.config();
        return new CorpusCoverage(
                context.kafka(),
                streamTopics(false),
                config.teach().group(config.topics().logits()),
                config.topics().maxRecordBytes(),
                StopSignal::requireRunning);
    }

    private StreamTopics streamTopics(boolean announced) {
        TopicsConfig topics = context.config().topics();
        return new StreamTopics(
                topics.tokens(), topics.logits(), topics.deadLetters(), announced ? topics.teachers() : null);
    }
}
