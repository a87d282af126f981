package io.logitstream.teacher.stream;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.teacher.announcement.AnnouncementFollower;
import io.logitstream.teacher.announcement.AnnouncementTopic;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.lookahead.LookAhead;
import io.logitstream.teacher.lookahead.LookAheadClients;
import io.logitstream.teacher.lookahead.ScorableRecords;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.LocalScorer;
import io.logitstream.teacher.model.ObservedScorer;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.resume.ResumeOffsets;
import io.logitstream.teacher.resume.TopicChangeDetector;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * A running instance of the teacher stream. Processing is {@code exactly_once_v2}: each batch is in the logits topic
 * once, however often an instance is killed. Any number of instances share the partitions.
 *
 * <p>The topology is built in {@link TeacherTopology}, and {@link TeacherProcessor} processes one record.
 */
public final class TeacherStream implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final StreamSettings settings;
    private final ResourceStack resources = new ResourceStack();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Throwable failure;

    private TeacherStream(StreamSettings settings) {
        this.settings = settings;
    }

    /**
     * Starts an instance.
     *
     * @param settings topics, which must exist, and all other settings
     * @param teacher first teacher, unless another one has been announced; closed with the stream at the latest
     * @param listener notified of each batch and of each change of the teacher
     * @throws UsageException when a batch of the expected shape may not fit into a record of the logits topic
     * @throws LogitstreamException when the stream cannot continue behind the end of the logits topic
     */
    public static TeacherStream start(StreamSettings settings, StreamTeacher teacher, TeachListener listener) {
        String codecName = settings.teach().codec();
        LogitsCodec codec =
                teacher.givesStatistics() ? LogitsCodecs.byName(codecName) : LogitsCodecs.withoutStatistics(codecName);
        TeacherRequirements.requireRecordsFit(settings, codec, teacher);
        TeacherStream stream = new TeacherStream(settings);
        try {
            stream.start(codec, teacher, listener);
            return stream;
        } catch (Throwable e) {
            stream.resources.closeAfter(e);
            throw e;
        }
    }

    private void start(LogitsCodec codec, StreamTeacher first, TeachListener listener) {
        StreamTopics topics = settings.topics();
        SchemaRegistryClient registry = resources.add(RegistryClients.create(settings.kafka()));
        SwitchableTeacher teacher = resources.add(new SwitchableTeacher(first));
        Properties properties = StreamProperties.of(
                settings.kafka(),
                topics,
                settings.teach(),
                settings.maxRecordBytes(),
                TeacherRequirements.batchMs(first, settings.shape()),
                settings.stateFolder());
        ConfirmedSetup confirmed = new ConfirmedSetup(settings.shape().documents());
        ResumeOffsets.TopicsAtStart atStart = new ResumeOffsets(
                        settings.kafka(),
                        topics,
                        settings.group(),
                        settings.maxRecordBytes(),
                        registry,
                        settings.resume())
                .prepare(StreamProperties.patience(properties), confirmed, first::hasTokenizerOf, first.identity());
        properties.put(DeadLetterHandler.SOURCE, atStart.tokens());
        StreamStopRequest stop = new StreamStopRequest();
        LookAhead lookAhead = lookAhead(first, teacher, properties, listener);
        // The policy learns the cost of commits from the producers of the look-ahead.
        CommitPolicy commits =
                lookAhead == null || StreamProperties.hasCommitInterval(settings.kafka(), settings.maxRecordBytes())
                        ? null
                        : new CommitPolicy();
        Topology topology = TeacherTopology.buildTopology(
                topics.tokens(),
                topics.logits(),
                new TeacherTopology.Dependencies(
                        teacher,
                        codec,
                        registry,
                        settings.kafka().autoRegisterSchemas(),
                        settings.maxRecordBytes(),
                        listener,
                        atStart.tokens(),
                        confirmed,
                        stop,
                        lookAhead,
                        commits));
        KafkaStreams streams = lookAhead == null
                ? new KafkaStreams(topology, properties)
                : new KafkaStreams(
                        topology,
                        properties,
                        new LookAheadClients(
                                lookAhead,
                                () -> new ScorableRecords(registry, teacher),
                                config -> MeasuredProducer.create(config, commits)));
        resources.add(() -> {
            if (lookAhead != null) {
                lookAhead.stopStarting();
            }
            streams.close(CLOSE_TIMEOUT);
        });
        if (topics.teachers() != null) {
            resources.add(follower(first, teacher, properties, listener)).start();
        }
        streams.setUncaughtExceptionHandler(exception -> {
            fail(exception);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        resources.add(new TopicChangeDetector(settings.kafka(), atStart, change -> {
            stop.stop(change);
            fail(change);
            streams.close(Duration.ZERO);
        }));
    }

    private LookAhead lookAhead(
            StreamTeacher first, SwitchableTeacher teacher, Properties properties, TeachListener listener) {
        BatchScorer server = first.scorer();
        if (server != null) {
            StreamProperties.requireClassicGroup(properties);
            LookAhead lookAhead = resources.add(new LookAhead(new ObservedScorer(server, listener)));
            listener.onLookAhead(lookAhead::inFlight);
            return lookAhead;
        }
        // In the protocol of Kafka Streams its consumers are not taken from this program.
        return StreamProperties.isClassicGroup(properties)
                ? resources.add(new LookAhead(resources.add(new LocalScorer(teacher, settings.shape(), listener))))
                : null;
    }

    private AnnouncementFollower follower(
            StreamTeacher first, SwitchableTeacher teacher, Properties properties, TeachListener listener) {
        return new AnnouncementFollower(
                new AnnouncementTopic(
                        settings.kafka(),
                        settings.topics().teachers(),
                        settings.topics().logits()),
                teacher,
                settings.teach(),
                first.selection(),
                next -> {
                    TeacherRequirements.requireContext(next, teacher);
                    TeacherRequirements.requireInTime(next, settings.shape(), properties);
                },
                listener);
    }

    private void fail(Throwable reason) {
        failure = reason;
        stopped.countDown();
    }

    /** Whether the stream is running; false after an error or {@link #close}. */
    public boolean isRunning() {
        return stopped.getCount() > 0;
    }

    /** Throws the error that stopped the stream, if there was one. */
    public void requireHealthy() {
        if (failure != null) {
            throw StreamExceptions.asOneLine(failure, settings.group());
        }
    }

    /**
     * Waits until the stream stops.
     *
     * @param time longest wait
     * @return whether it has stopped
     * @throws LogitstreamException when it stopped with an error
     */
    public boolean awaitStop(Duration time) throws InterruptedException {
        boolean over = stopped.await(time.toMillis(), TimeUnit.MILLISECONDS);
        requireHealthy();
        return over;
    }

    /**
     * Stops the stream and closes the teacher: in turn the detector of topic changes, the follower of announcements,
     * Kafka Streams (at most 30 seconds), the passes of a teacher in this process (at most 30 seconds more), the teacher
     * and the schema registry's client. Batches that are not committed
     * by then are processed again after a restart.
     */
    @Override
    public void close() {
        try {
            resources.close();
        } finally {
            stopped.countDown();
        }
    }
}
