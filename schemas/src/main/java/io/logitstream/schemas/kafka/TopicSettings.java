package io.logitstream.schemas.kafka;

import io.logitstream.messages.UsageException;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A topic and its required settings.
 *
 * @param name the topic
 * @param partitions number of partitions, default {@value #DEFAULT_PARTITIONS}
 * @param replicationFactor replicas of each partition, default null: the broker's default
 * @param maxRecordBytes largest record batch of the topic in bytes (max.message.bytes), default 16 MiB; the limits of
 *     producers and consumers follow from it
 * @param retentionMs retention of records in milliseconds, default -1: unlimited
 * @param minInsyncReplicas replicas that must acknowledge a record (min.insync.replicas), default null: the broker's
 *     default
 * @param compression compression of stored records (compression.type): producer, uncompressed, gzip, snappy, lz4 or
 *     zstd, default null: as sent by the producer
 */
public record TopicSettings(
        String name,
        Integer partitions,
        Short replicationFactor,
        Integer maxRecordBytes,
        Long retentionMs,
        Integer minInsyncReplicas,
        String compression) {

    /** Default number of partitions. */
    public static final int DEFAULT_PARTITIONS = 4;
    /** Default limit of a record batch in bytes. */
    public static final int DEFAULT_MAX_RECORD_BYTES = 16 * 1024 * 1024;

    private static final Set<String> COMPRESSIONS = Set.of("producer", "uncompressed", "gzip", "snappy", "lz4", "zstd");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    /**
     * Checks the values.
     *
     * @throws UsageException if a value is invalid
     */
    public TopicSettings {
        if (name == null || !NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new UsageException("topic name '" + name
                    + "' must have 1 to 249 characters: letters, digits, dots, underscores and hyphens");
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
        require(retentionMs >= -1, name, "retentionMs", retentionMs, "-1 (unlimited) or more");
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

    /** A topic with the broker's default of min.insync.replicas, and with records stored as the producer sends them. */
    public TopicSettings(
            String name, Integer partitions, Short replicationFactor, Integer maxRecordBytes, Long retentionMs) {
        this(name, partitions, replicationFactor, maxRecordBytes, retentionMs, null, null);
    }

    /** A topic with default settings. */
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
