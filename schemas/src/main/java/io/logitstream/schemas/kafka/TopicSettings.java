package io.logitstream.schemas.kafka;

import io.logitstream.messages.UsageException;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One topic and the settings it must have.
 *
 * @param name the topic
 * @param partitions number of partitions, default {@value #DEFAULT_PARTITIONS}
 * @param replicationFactor copies of each partition, default null: the broker's default
 * @param maxRecordBytes largest record batch that the topic takes (max.message.bytes), default 16 MiB;
 *     producers and consumers get their limits from it
 * @param retentionMs milliseconds that records are kept, default -1: for ever
 * @param minInsyncReplicas copies that a record must have reached before it counts as written, default null: the
 *     broker's default
 * @param compression how the broker stores records (compression.type): producer, uncompressed, gzip, snappy, lz4 or
 *     zstd, default null: as the producer has sent them
 */
public record TopicSettings(
        String name,
        Integer partitions,
        Short replicationFactor,
        Integer maxRecordBytes,
        Long retentionMs,
        Integer minInsyncReplicas,
        String compression) {

    /** Partitions where none are given. */
    public static final int DEFAULT_PARTITIONS = 4;
    /** Largest record batch where none is given, in bytes. */
    public static final int DEFAULT_MAX_RECORD_BYTES = 16 * 1024 * 1024;

    private static final Set<String> COMPRESSIONS = Set.of("producer", "uncompressed", "gzip", "snappy", "lz4", "zstd");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    /**
     * @throws UsageException if a value is impossible
     */
    public TopicSettings {
        if (name == null || !NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new UsageException("topic name '" + name
                    + "' must have 1 to 249 characters out of letters, digits, dot, underscore and hyphen");
        }
        partitions = partitions == null ? DEFAULT_PARTITIONS : partitions;
        maxRecordBytes = maxRecordBytes == null ? DEFAULT_MAX_RECORD_BYTES : maxRecordBytes;
        retentionMs = retentionMs == null ? -1L : retentionMs;
        require(partitions >= 1, name, "partitions", partitions, "at least 1");
        require(
                replicationFactor == null || replicationFactor >= 1,
                name,
                "replicationFactor",
                replicationFactor,
                "at least 1, or absent for the broker's default");
        require(maxRecordBytes >= 1, name, "maxRecordBytes", maxRecordBytes, "at least 1");
        require(retentionMs >= -1, name, "retentionMs", retentionMs, "-1 (for ever) or more");
        require(
                minInsyncReplicas == null || minInsyncReplicas >= 1,
                name,
                "minInsyncReplicas",
                minInsyncReplicas,
                "at least 1, or absent for the broker's default");
        require(
                minInsyncReplicas == null || replicationFactor == null || minInsyncReplicas <= replicationFactor,
                name,
                "minInsyncReplicas",
                minInsyncReplicas,
                "at most replicationFactor, " + replicationFactor);
        require(
                compression == null || COMPRESSIONS.contains(compression),
                name,
                "compression",
                compression,
                "producer, uncompressed, gzip, snappy, lz4 or zstd");
    }

    /** A topic with the broker's own minimum of copies, and records compressed as they come. */
    public TopicSettings(
            String name, Integer partitions, Short replicationFactor, Integer maxRecordBytes, Long retentionMs) {
        this(name, partitions, replicationFactor, maxRecordBytes, retentionMs, null, null);
    }

    /** A topic with all defaults. */
    public static TopicSettings named(String name) {
        return new TopicSettings(name, null, null, null, null);
    }

    /** The same settings with another number of partitions. */
    public TopicSettings withPartitions(int count) {
        return new TopicSettings(
                name, count, replicationFactor, maxRecordBytes, retentionMs, minInsyncReplicas, compression);
    }

    private static void require(boolean holds, String topic, String setting, Object value, String expected) {
        if (!holds) {
            throw new UsageException("topic " + topic + ": " + setting + " is " + value + ", but must be " + expected);
        }
    }
}
