package io.logitstream.teacher;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitsBatches;
import io.logitstream.schemas.LogitsCodec;
import io.logitstream.schemas.LogitsCodecs;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.RegistryClients;
import io.logitstream.schemas.UsageException;
import io.logitstream.teacher.intake.Proofs;
import io.logitstream.teacher.intake.StopSignal;
import io.logitstream.teacher.resume.ResumeOptions;
import io.logitstream.teacher.resume.ResumePoints;
import io.logitstream.teacher.resume.TopicWatch;
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
  /**
   * Where it reads and writes.
   *
   * @param tokens token batches
   * @param logits token batches with logits
   * @param deadLetters what cannot be used
   * @param teachers announcements of teachers, see {@link TeacherAnnouncement}; null for a teacher that stays
   */
  public record Topics(String tokens, String logits, String deadLetters, String teachers) {
    /** With a teacher that stays. */
    public Topics(String tokens, String logits, String deadLetters) {
      this(tokens, logits, deadLetters, null);
    }
  }

  /**
   * Largest batch to expect, to check limits and set time-outs by before the first record.
   *
   * @param rows rows of a batch
   * @param contextLength predicted positions of a row
   */
  public record BatchShape(int rows, int contextLength) {}

  private static final long SESSION_MS = 10_000;
  /** What a rebalance takes at most beyond the session of a dead instance, when batches are small. */
  private static final long REBALANCE_MS = 10_000;
  private static final long MAX_POLL_MS = 300_000;
  /** A poll brings as many batches as take this long: a thread takes part in a rebalance only when it polls. */
  private static final long POLL_MS = 1_000;
  private static final long MOST_POLL_RECORDS = 1_000;
  /** A commit takes some tenth of such a batch as the default teacher's, in which the teacher waits. */
  private static final long COMMIT_BATCHES = 10;
  private static final long SHORTEST_COMMIT_MS = 100;
  private static final long LONGEST_COMMIT_MS = 4_000;
  /** A batch may take this many times as long as measured, for other work on the machine, before it counts as dead. */
  private static final long SLOWDOWN = 20;
  /** Maximum size of a fetch by partition; a larger batch is nevertheless fetched whole. */
  private static final int FETCH_BYTES = 32 * 1024;

  private final KafkaStreams streams;
  private final String applicationId;
  private final SchemaRegistryClient registry;
  private final CurrentTeacher teacher;
  private final TeacherWatch watch;
  private TopicWatch topicWatch;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile Throwable failure;

  private TeacherStream(KafkaStreams streams, String applicationId, SchemaRegistryClient registry, CurrentTeacher teacher,
      TeacherWatch watch) {
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
  public static TeacherStream start(KafkaSettings kafka, Topics topics, TeachConfig config, TeacherModel teacher,
      BatchShape shape, int maxRecordBytes, Path stateFolder, TeachListener listener) {
    return start(kafka, topics, config, teacher, shape, maxRecordBytes, stateFolder, listener, ResumeOptions.NONE);
  }

  /**
   * As the other.
   *
   * @param resume what the user allows where the stream would stop
   * @throws LogitstreamException when the stream cannot go on where the logits topic ends
   */
  public static TeacherStream start(KafkaSettings kafka, Topics topics, TeachConfig config, TeacherModel teacher,
      BatchShape shape, int maxRecordBytes, Path stateFolder, TeachListener listener, ResumeOptions resume) {
    LogitsCodec codec = LogitsCodecs.byName(config.codec());
    requireFits(codec, teacher, shape, topics.logits(), maxRecordBytes);
    SchemaRegistryClient registry = RegistryClients.create(kafka);
    CurrentTeacher current = new CurrentTeacher(teacher);
    long batchMs = TimeUnit.NANOSECONDS.toMillis(teacher.measure(shape.rows(), shape.contextLength()));
    Properties properties = properties(kafka, topics, config, maxRecordBytes, batchMs, stateFolder);
    Proofs proofs = new Proofs();
    ResumePoints.Start start = prepare(new ResumePoints(kafka, topics, config.group(topics.logits()), maxRecordBytes,
        registry, resume), properties, proofs, registry, teacher);
    properties.put(DeadLetterHandler.SOURCE, start.tokens());
    StopSignal stop = new StopSignal();
    TeacherTopology.Parts parts = new TeacherTopology.Parts(current, codec, registry, kafka.autoRegisterSchemas(),
        maxRecordBytes, listener, start.tokens(), proofs, stop);
    TeacherWatch watch = topics.teachers() == null ? null : new TeacherWatch(
        new AnnouncementTopic(kafka, topics.teachers(), topics.logits()), current, config, teacher.selection(),
        next -> {
          requireContext(next, current);
          requireInTime(next, shape, properties);
        }, listener);
    if (watch != null) {
      watch.start();
    }
    KafkaStreams streams = new KafkaStreams(TeacherTopology.buildTopology(topics.tokens(), topics.logits(), parts),
        properties);
    TeacherStream running = new TeacherStream(streams,
        properties.getProperty(StreamsConfig.APPLICATION_ID_CONFIG), registry, current, watch);
    streams.setUncaughtExceptionHandler(exception -> {
      running.failure = exception;
      running.stopped.countDown();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    running.topicWatch = new TopicWatch(kafka, start, change -> {
      stop.stop(change);
      running.failure = change;
      running.stopped.countDown();
      streams.close(Duration.ZERO);
    });
    return running;
  }

  // A batch that the next teacher cannot read would stop the stream. Those of the topic so far tell what is to come.
  static void requireContext(TeacherModel next, CurrentTeacher current) {
    try (CurrentTeacher.Lease lease = current.hold()) {
      next.requireContext(lease.teacher().longestContext());
    } catch (UsageException e) {
      throw new LogitstreamException(e.getMessage(), e);
    }
  }

  private static ResumePoints.Start prepare(ResumePoints points, Properties properties, Proofs proofs,
      SchemaRegistryClient registry, TeacherModel teacher) {
    try {
      return points.prepare(Duration.ofMillis(transactionMs(properties) + SESSION_MS), proofs, teacher::hasTokenizerOf);
    } catch (RuntimeException e) {
      close(registry);
      throw e;
    }
  }

  // The time-outs are those of the first teacher.
  private static void requireInTime(TeacherModel next, BatchShape shape, Properties properties) {
    long batchMs = TimeUnit.NANOSECONDS.toMillis(next.measure(shape.rows(), shape.contextLength()));
    long interval = number(properties, "max.poll.interval.ms");
    if (SLOWDOWN * batchMs > interval) {
      throw new LogitstreamException("teacher " + next.identity().getId() + " takes " + batchMs + " ms for a batch, too long"
          + " for max.poll.interval.ms " + interval + " of the running stream; start the stream anew with it");
    }
  }

  private static void requireFits(LogitsCodec codec, TeacherModel teacher, BatchShape shape, String topic,
      int maxRecordBytes) {
    // The support of top-p alone has no useful bound: its records are checked one by one.
    if (teacher.selection().method().equals(SelectionConfig.TOP_P)) {
      return;
    }
    int maxKept = teacher.selection().maxKept(teacher.vocabularySize());
    long largest = LogitsBatches.maxRecordBytes(codec, shape.rows(), shape.contextLength() + 1, maxKept);
    if (largest > maxRecordBytes) {
      throw new UsageException("a batch of " + shape.rows() + " rows of " + shape.contextLength() + " tokens with up to "
          + maxKept + " kept logits each can take " + largest + " bytes, but topic " + topic + " takes at most " + maxRecordBytes
          + " (max.message.bytes); publish batches of fewer rows, or raise topics.maxRecordBytes");
    }
  }

  static Properties properties(KafkaSettings kafka, Topics topics, TeachConfig config, int maxRecordBytes, long batchMs,
      Path stateFolder) {
    Properties properties = kafka.streams(maxRecordBytes);
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG,
        config.group(topics.logits()));
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
    properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
    // The partition assignor reads a configuration of its own from the consumer's, and warns where this is missing.
    properties.put(StreamsConfig.mainConsumerPrefix(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG), true);
    properties.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, topics.deadLetters());
    properties.putIfAbsent(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toAbsolutePath().toString());
    long patience = Math.max(REBALANCE_MS, SLOWDOWN * batchMs);
    // Students take the partitions in turn, so the stream must not stay with one: a fetch brings a little of each.
    if (kafka.properties().keySet().stream().noneMatch(key -> key.endsWith("max.partition.fetch.bytes"))) {
      properties.put("consumer.max.partition.fetch.bytes", Integer.toString(FETCH_BYTES));
    }
    putDefault(properties, "consumer.", "max.poll.records",
        Long.toString(Math.max(1, Math.min(MOST_POLL_RECORDS, POLL_MS / Math.max(1, batchMs)))));
    putDefault(properties, "consumer.", "max.poll.interval.ms", Long.toString(Math.max(MAX_POLL_MS, 2 * patience)));
    putDefault(properties, "consumer.", "session.timeout.ms", Long.toString(SESSION_MS));
    // A transaction is committed after some batches, not after each: students wait for it, and so does the teacher.
    properties.putIfAbsent(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        Long.toString(Math.max(SHORTEST_COMMIT_MS, Math.min(LONGEST_COMMIT_MS, COMMIT_BATCHES * batchMs))));
    // Offsets are set before each start. One that is not there any more is an error to report, not to jump over.
    putDefault(properties, "consumer.", "auto.offset.reset", "none");
    // Nothing is committed while partitions are shared out anew, which waits for the session of a dead instance to end:
    // a shorter time-out would fence those alive, who start a rebalance by coming back, and so on. A longer one holds
    // readers up longer, since they wait for the transaction that a dead instance has left open.
    putDefault(properties, "producer.", "transaction.timeout.ms", Long.toString(number(properties, "session.timeout.ms") + patience));
    putDefault(properties, "producer.", "compression.type", "zstd");
    return properties;
  }

  // To Kafka Streams a prefixed property outranks one for all clients, which the user may have set.
  private static void putDefault(Properties properties, String prefix, String key, String value) {
    if (!properties.containsKey(key)) {
      properties.putIfAbsent(prefix + key, value);
    }
  }

  private static long transactionMs(Properties properties) {
    Object chosen = properties.getOrDefault("producer.transaction.timeout.ms", properties.get("transaction.timeout.ms"));
    return Long.parseLong(chosen.toString());
  }

  private static long number(Properties properties, String key) {
    Object chosen = properties.getOrDefault("consumer." + key, properties.get(key));
    try {
      return Long.parseLong(chosen.toString());
    } catch (NumberFormatException e) {
      throw new UsageException(key + " '" + chosen + "' is no number of milliseconds");
    }
  }

  /** Whether the stream runs on; false after an error or {@link #close}. */
  public boolean isRunning() {
    return stopped.getCount() > 0;
  }

  /** Throws what has stopped the stream, if anything has. */
  public void requireHealthy() {
    if (failure != null) {
      throw StreamFailure.asOneLine(failure, applicationId);
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
    streams.close(Duration.ofSeconds(30));
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
