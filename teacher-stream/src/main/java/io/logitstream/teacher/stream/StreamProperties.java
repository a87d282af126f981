package io.logitstream.teacher.stream;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Properties of Kafka Streams and its clients: exactly-once processing, and time-outs derived from the teacher's speed.
 */
public final class StreamProperties {
    private static final long SESSION_MS = 10_000;
    /** Brokers choose the session time-out for {@code group.protocol=streams}, by default at most this. */
    private static final long BROKER_SESSION_MS = 60_000;
    /** Longest rebalance for small batches, in addition to the session time-out of a dead instance. */
    private static final long REBALANCE_MS = 10_000;

    private static final long MAX_POLL_MS = 300_000;
    /** Processing time of the records of one poll. A thread takes part in a rebalance only when it polls. */
    private static final long POLL_MS = 1_000;

    private static final long MAX_POLL_RECORDS = 1_000;
    /** Batches of one transaction without a policy. A commit stalls the teacher for about a tenth of a batch of the default teacher. */
    private static final long COMMIT_BATCHES = 10;

    private static final long MIN_COMMIT_MS = 100;
    /** A batch may take this many times its measured time, because of other work on the machine, before a time-out. */
    private static final long SLOWDOWN = 20;
    /** Maximum size of a fetch by partition. The broker returns a larger batch whole. */
    private static final int FETCH_BYTES = 32 * 1024;

    private StreamProperties() {}

    /**
     * Returns the properties of a stream.
     *
     * @param maxRecordBytes largest record of the logits topic, in bytes
     * @param batchMs milliseconds that the teacher takes for the largest batch
     * @param stateFolder folder for Kafka Streams' own files, unless the user has set one
     */
    @SuppressWarnings("deprecation") // Kafka makes true the default when it removes the key.
    public static Properties of(
            KafkaSettings kafka,
            StreamTopics topics,
            TeachConfig config,
            int maxRecordBytes,
            long batchMs,
            Path stateFolder) {
        Properties properties = kafka.streams(maxRecordBytes);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, config.group(topics.logits()));
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetterHandler.class);
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
        // The partition assignor reads this from the consumer's configuration, and logs a warning without it.
        properties.put(
                StreamsConfig.mainConsumerPrefix(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG),
                true);
        properties.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, topics.deadLetters());
        properties.putIfAbsent(
                StreamsConfig.STATE_DIR_CONFIG, stateFolder.toAbsolutePath().toString());
        long patience = Math.max(REBALANCE_MS, SLOWDOWN * batchMs);
        // Students read the partitions in turn, so a fetch takes a few batches of each partition.
        if (kafka.properties().keySet().stream().noneMatch(key -> key.endsWith("max.partition.fetch.bytes"))) {
            properties.put("consumer.max.partition.fetch.bytes", Integer.toString(FETCH_BYTES));
        }
        putDefault(
                properties,
                "consumer.",
                "max.poll.records",
                Long.toString(Math.max(1, Math.min(MAX_POLL_RECORDS, POLL_MS / Math.max(1, batchMs)))));
        putDefault(properties, "consumer.", "max.poll.interval.ms", Long.toString(Math.max(MAX_POLL_MS, 2 * patience)));
        putDefault(properties, "consumer.", "session.timeout.ms", Long.toString(SESSION_MS));
        // ResumeOffsets sets the offsets before each start. A deleted offset is an error and must not be skipped.
        putDefault(properties, "consumer.", "auto.offset.reset", "none");
        // No transaction is committed during a rebalance, which waits for the session time-out of a dead instance. A
        // shorter transaction time-out would fence the living instances, whose return starts the next rebalance. A
        // longer one delays readers, which wait for the open transaction of a dead instance.
        putDefault(
                properties,
                "producer.",
                "transaction.timeout.ms",
                Long.toString(number(properties, "consumer.", "session.timeout.ms") + patience));
        // Students wait for a commit, and a commit stalls the teacher: a transaction contains several batches. Where
        // CommitPolicy decides, the interval is for batches that no other follows. Kafka Streams refuses an interval
        // that is
        // longer than a transaction may take.
        long interval = isClassicGroup(properties)
                ? CommitPolicy.LONGEST_MS
                : Math.max(MIN_COMMIT_MS, Math.min(CommitPolicy.LONGEST_MS, COMMIT_BATCHES * batchMs));
        properties.putIfAbsent(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                Long.toString(Math.min(interval, transactionMs(properties) / 2)));
        putDefault(properties, "producer.", "compression.type", "zstd");
        return properties;
    }

    // In Kafka Streams a prefixed property overrides the one for all clients, which the user may have set.
    private static void putDefault(Properties properties, String prefix, String key, String value) {
        if (!properties.containsKey(key)) {
            properties.putIfAbsent(prefix + key, value);
        }
    }

    /**
     * Time after which a dead instance has left the group and its transaction was aborted. That instance may have had a
     * longer transaction time-out, after slower batches. Its transaction is then ended at the start, unless the brokers
     * do not tell whose it is.
     */
    public static Duration patience(Properties properties) {
        long session = number(properties, "consumer.", "session.timeout.ms");
        return Duration.ofMillis(transactionMs(properties)
                + (isClassicGroup(properties) ? session : Math.max(session, BROKER_SESSION_MS)));
    }

    /**
     * Requires that batches are fast enough for the time-outs of a running stream.
     *
     * @param properties properties of the stream
     * @param teacher name of the teacher, for the message
     * @param batchMs milliseconds that the teacher takes for the largest batch
     */
    public static void requireInTime(Properties properties, String teacher, long batchMs) {
        long interval = number(properties, "consumer.", "max.poll.interval.ms");
        if (SLOWDOWN * batchMs > interval) {
            throw new LogitstreamException("teacher " + teacher + " takes " + batchMs + " ms for a batch, too long"
                    + " for max.poll.interval.ms " + interval
                    + " of the running stream; restart the stream with this teacher");
        }
    }

    /**
     * Requires the group protocol in which Kafka Streams takes its consumers from this program.
     *
     * @throws UsageException for the protocol {@code streams}, with which no batch would be scored ahead
     */
    static void requireClassicGroup(Properties properties) {
        if (!isClassicGroup(properties)) {
            throw new UsageException("group.protocol=streams cannot be used with a served teacher (teach.server); leave"
                    + " group.protocol out");
        }
    }

    /** Whether Kafka Streams takes its consumers from this program. */
    static boolean isClassicGroup(Properties properties) {
        return !"streams".equalsIgnoreCase(String.valueOf(properties.get(StreamsConfig.GROUP_PROTOCOL_CONFIG)));
    }

    /** Whether the user has chosen when to commit. */
    static boolean hasCommitInterval(KafkaSettings kafka, int maxRecordBytes) {
        return kafka.streams(maxRecordBytes).containsKey(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG);
    }

    private static long transactionMs(Properties properties) {
        return number(properties, "producer.", "transaction.timeout.ms");
    }

    private static long number(Properties properties, String prefix, String key) {
        Object chosen = properties.getOrDefault(prefix + key, properties.get(key));
        try {
            return Long.parseLong(chosen.toString());
        } catch (NumberFormatException e) {
            throw new UsageException(key + " '" + chosen + "' is not a number of milliseconds");
        }
    }
}
