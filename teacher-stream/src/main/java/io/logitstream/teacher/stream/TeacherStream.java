package io.logitstream.teacher.stream;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.teacher.announcement.AnnouncementFollower;
import io.logitstream.teacher.announcement.AnnouncementTopic;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.ResumeOptions;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.resume.ResumeOffsets;
import io.logitstream.teacher.resume.TopicChangeDetector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * The running teacher stream: exactly once ({@code exactly_once_v2}), so that each batch stands in the logits topic once
 * however often an instance is killed. Any number of instances share the partitions.
 */
public final class TeacherStream implements AutoCloseable {
    private static final Duration CLOSE = Duration.ofSeconds(30);

    private final KafkaStreams streams;
    private final String applicationId;
    private final SchemaRegistryClient registry;
    private final SwitchableTeacher teacher;
    private final AnnouncementFollower watch;
    private TopicChangeDetector topicWatch;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Throwable failure;

    private TeacherStream(
            KafkaStreams streams,
            String applicationId,
            SchemaRegistryClient registry,
            SwitchableTeacher teacher,
            AnnouncementFollower watch) {
        this.teacher = teacher;
        this.watch = watch;
        this.streams = streams;
        this.applicationId = applicationId;
        this.registry = registry;
    }

    /**
     * Starts the stream.
     *
     * @param kafka cluster and registry
     * @param topics topics, which exist
     * @param config settings
     * @param teacher teacher to begin with, unless another has been announced; closed with the stream at the latest
     * @param shape largest batch to expect
     * @param maxRecordBytes largest record of the logits topic
     * @param stateFolder folder for Kafka Streams' own files
     * @param listener watches
     * @throws UsageException when a batch of that shape might not fit into a record of the logits topic
     */
    public static TeacherStream start(
            KafkaSettings kafka,
            StreamTopics topics,
            TeachConfig config,
            TeacherModel teacher,
            BatchShape shape,
            int maxRecordBytes,
            Path stateFolder,
            TeachListener listener) {
        return start(kafka, topics, config, teacher, shape, maxRecordBytes, stateFolder, listener, ResumeOptions.NONE);
    }

    /**
     * As the other.
     *
     * @param resume what the user allows where the stream would stop
     * @throws LogitstreamException when the stream cannot go on where the logits topic ends
     */
    public static TeacherStream start(
            KafkaSettings kafka,
            StreamTopics topics,
            TeachConfig config,
            TeacherModel teacher,
            BatchShape shape,
            int maxRecordBytes,
            Path stateFolder,
            TeachListener listener,
            ResumeOptions resume) {
        LogitsCodec codec = LogitsCodecs.byName(config.codec());
        requireFits(codec, teacher, shape, topics.logits(), maxRecordBytes);
        ResourceStack opened = new ResourceStack();
        try {
            return start(
                    kafka,
                    topics,
                    config,
                    teacher,
                    shape,
                    maxRecordBytes,
                    stateFolder,
                    listener,
                    resume,
                    codec,
                    opened);
        } catch (Throwable e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    private static TeacherStream start(
            KafkaSettings kafka,
            StreamTopics topics,
            TeachConfig config,
            TeacherModel teacher,
            BatchShape shape,
            int maxRecordBytes,
            Path stateFolder,
            TeachListener listener,
            ResumeOptions resume,
            LogitsCodec codec,
            ResourceStack opened) {
        SchemaRegistryClient registry = opened.add(RegistryClients.create(kafka));
        SwitchableTeacher current = opened.add(new SwitchableTeacher(teacher));
        long batchMs = TimeUnit.NANOSECONDS.toMillis(teacher.measure(shape.rows(), shape.contextLength()));
        Properties properties = StreamProperties.of(kafka, topics, config, maxRecordBytes, batchMs, stateFolder);
        ConfirmedSetup proofs = new ConfirmedSetup();
        ResumeOffsets.Start start = new ResumeOffsets(
                        kafka, topics, config.group(topics.logits()), maxRecordBytes, registry, resume)
                .prepare(StreamProperties.patience(properties), proofs, teacher::hasTokenizerOf);
        properties.put(DeadLetterHandler.SOURCE, start.tokens());
        StreamStopRequest stop = new StreamStopRequest();
        TeacherTopology.Parts parts = new TeacherTopology.Parts(
                current,
                codec,
                registry,
                kafka.autoRegisterSchemas(),
                maxRecordBytes,
                listener,
                start.tokens(),
                proofs,
                stop);
        AnnouncementFollower watch = topics.teachers() == null
                ? null
                : new AnnouncementFollower(
                        new AnnouncementTopic(kafka, topics.teachers(), topics.logits()),
                        current,
                        config,
                        teacher.selection(),
                        next -> {
                            requireContext(next, current);
                            requireInTime(next, shape, properties);
                        },
                        listener);
        if (watch != null) {
            opened.add(watch).start();
        }
        KafkaStreams streams =
                new KafkaStreams(TeacherTopology.buildTopology(topics.tokens(), topics.logits(), parts), properties);
        opened.add(() -> streams.close(CLOSE));
        TeacherStream running = new TeacherStream(
                streams, properties.getProperty(StreamsConfig.APPLICATION_ID_CONFIG), registry, current, watch);
        streams.setUncaughtExceptionHandler(exception -> {
            running.failure = exception;
            running.stopped.countDown();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        running.topicWatch = new TopicChangeDetector(kafka, start, change -> {
            stop.stop(change);
            running.failure = change;
            running.stopped.countDown();
            streams.close(Duration.ZERO);
        });
        return running;
    }

    // A batch that the next teacher cannot read would stop the stream. Those of the topic so far tell what is to come.
    public static void requireContext(TeacherModel next, SwitchableTeacher current) {
        try (SwitchableTeacher.Lease lease = current.hold()) {
            next.requireContext(lease.teacher().longestContext());
        } catch (UsageException e) {
            throw new LogitstreamException(e.getMessage(), e);
        }
    }

    // The time-outs are those of the first teacher.
    private static void requireInTime(TeacherModel next, BatchShape shape, Properties properties) {
        long batchMs = TimeUnit.NANOSECONDS.toMillis(next.measure(shape.rows(), shape.contextLength()));
        StreamProperties.requireInTime(properties, next.identity().getId(), batchMs);
    }

    private static void requireFits(
            LogitsCodec codec, TeacherModel teacher, BatchShape shape, String topic, int maxRecordBytes) {
        // The support of top-p alone has no useful bound: its records are checked one by one.
        if (teacher.selection().method().equals(SelectionConfig.TOP_P)) {
            return;
        }
        int maxKept = teacher.selection().maxKept(teacher.vocabularySize());
        long largest = LogitsBatches.maxRecordBytes(codec, shape.rows(), shape.contextLength() + 1, maxKept);
        if (largest > maxRecordBytes) {
            throw new UsageException(
                    "a batch of " + shape.rows() + " rows of " + shape.contextLength() + " tokens with up to "
                            + maxKept + " kept logits each can take " + largest + " bytes, but topic " + topic
                            + " takes at most " + maxRecordBytes
                            + " (max.message.bytes); publish batches of fewer rows, or raise topics.maxRecordBytes");
        }
    }

    /** Whether the stream runs on; false after an error or {@link #close}. */
    public boolean isRunning() {
        return stopped.getCount() > 0;
    }

    /** Throws what has stopped the stream, if anything has. */
    public void requireHealthy() {
        if (failure != null) {
            throw StreamExceptions.asOneLine(failure, applicationId);
        }
    }

    /**
     * Waits until the stream stops by itself.
     *
     * @param time longest wait
     * @return whether it has stopped
     * @throws LogitstreamException when an error has stopped it
     */
    public boolean awaitStop(Duration time) throws InterruptedException {
        boolean over = stopped.await(time.toMillis(), TimeUnit.MILLISECONDS);
        requireHealthy();
        return over;
    }

    @Override
    public void close() {
        if (topicWatch != null) {
            topicWatch.close();
        }
        if (watch != null) {
            watch.close();
        }
        streams.close(CLOSE);
        stopped.countDown();
        teacher.close();
        close(registry);
    }

    private static void close(SchemaRegistryClient registry) {
        try {
            registry.close();
        } catch (java.io.IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }
}
