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

/** The properties of Kafka Streams and its clients: exactly once, with time-outs that fit the teacher. */
public final class StreamProperties {
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

    private StreamProperties() {}

    /**
     * The properties of a stream.
     *
     * @param batchMs how long the teacher takes for the largest batch
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
        // The partition assignor reads a configuration of its own from the consumer's, and warns where this is missing.
        properties.put(
                StreamsConfig.mainConsumerPrefix(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG),
                true);
        properties.put(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG, topics.deadLetters());
        properties.putIfAbsent(
                StreamsConfig.STATE_DIR_CONFIG, stateFolder.toAbsolutePath().toString());
        long patience = Math.max(REBALANCE_MS, SLOWDOWN * batchMs);
        // Students take the partitions in turn, so the stream must not stay with one: a fetch brings a little of each.
        if (kafka.properties().keySet().stream().noneMatch(key -> key.endsWith("max.partition.fetch.bytes"))) {
            properties.put("consumer.max.partition.fetch.bytes", Integer.toString(FETCH_BYTES));
        }
        putDefault(
                properties,
                "consumer.",
                "max.poll.records",
                Long.toString(Math.max(1, Math.min(MOST_POLL_RECORDS, POLL_MS / Math.max(1, batchMs)))));
        putDefault(properties, "consumer.", "max.poll.interval.ms", Long.toString(Math.max(MAX_POLL_MS, 2 * patience)));
        putDefault(properties, "consumer.", "session.timeout.ms", Long.toString(SESSION_MS));
        // A transaction is committed after some batches, not after each: students wait for it, and so does the teacher.
        properties.putIfAbsent(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                Long.toString(Math.max(SHORTEST_COMMIT_MS, Math.min(LONGEST_COMMIT_MS, COMMIT_BATCHES * batchMs))));
        // Offsets are set before each start. One that is not there any more is an error to report, not to jump over.
        putDefault(properties, "consumer.", "auto.offset.reset", "none");
        // Nothing is committed while partitions are shared out anew, which waits for the session of a dead instance to
        // end:
        // a shorter time-out would fence those alive, who start a rebalance by coming back, and so on. A longer one
        // holds
        // readers up longer, since they wait for the transaction that a dead instance has left open.
        putDefault(
                properties,
                "producer.",
                "transaction.timeout.ms",
                Long.toString(number(properties, "session.timeout.ms") + patience));
        putDefault(properties, "producer.", "compression.type", "zstd");
        return properties;
    }

    // To Kafka Streams a prefixed property outranks one for all clients, which the user may have set.
    private static void putDefault(Properties properties, String prefix, String key, String value) {
        if (!properties.containsKey(key)) {
            properties.putIfAbsent(prefix + key, value);
        }
    }

    /** After which a dead instance has left the group and its transaction is over. */
    public static Duration patience(Properties properties) {
        return Duration.ofMillis(transactionMs(properties) + SESSION_MS);
    }

    /**
     * Requires that a stream with these properties goes on with batches that take so long.
     *
     * @param teacher names who takes so long
     */
    public static void requireInTime(Properties properties, String teacher, long batchMs) {
        long interval = number(properties, "max.poll.interval.ms");
        if (SLOWDOWN * batchMs > interval) {
            throw new LogitstreamException("teacher " + teacher + " takes " + batchMs + " ms for a batch, too long"
                    + " for max.poll.interval.ms " + interval
                    + " of the running stream; start the stream anew with it");
        }
    }

    private static long transactionMs(Properties properties) {
        Object chosen =
                properties.getOrDefault("producer.transaction.timeout.ms", properties.get("transaction.timeout.ms"));
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
}
