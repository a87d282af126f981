package io.logitstream.pipeline.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.schemas.kafka.TopicSettings;
import java.util.List;

/**
 * Names and settings of the topics.
 *
 * @param tokens topic of token batches; {@code tokens} by default
 * @param logits topic of token batches with the teacher's logits; {@code logits} by default
 * @param deadLetters topic of records that the teacher could not use; the name of the logits topic and {@code
 *     -dead-letters} by default
 * @param heldOut topic of token batches to evaluate on, with one partition; {@code held-out} by default
 * @param partitions partitions of each of the others; 4 by default
 * @param replicationFactor copies of each partition; the broker's default by default
 * @param maxRecordBytes largest record in bytes; 16 MiB by default
 * @param retentionMs milliseconds that records are kept; -1, the default, for ever
 * @param minInsyncReplicas copies that a record must have reached to count as written; the broker's default by
 *     default
 * @param compression compression by the broker, such as {@code zstd}; null, the default, keeps that of the
 *     producers
 * @param teachers topic of announcements of teachers to a running teacher stream, with one partition; {@code
 *     teachers} by default. Not part of the identity of a run
 */
public record TopicsConfig(
        String tokens,
        String logits,
        String deadLetters,
        String heldOut,
        Integer partitions,
        Short replicationFactor,
        Integer maxRecordBytes,
        Long retentionMs,
        Integer minInsyncReplicas,
        String compression,

        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        String teachers) {
    /** Fills in the defaults. */
    public TopicsConfig {
        tokens = tokens == null ? "tokens" : tokens;
        logits = logits == null ? "logits" : logits;
        deadLetters = deadLetters == null ? deadLettersOf(logits) : deadLetters;
        teachers = teachers == null ? "teachers" : teachers;
        heldOut = heldOut == null ? "held-out" : heldOut;
        partitions = partitions == null ? TopicSettings.DEFAULT_PARTITIONS : partitions;
        retentionMs = retentionMs == null ? -1L : retentionMs;
        maxRecordBytes = maxRecordBytes == null ? TopicSettings.DEFAULT_MAX_RECORD_BYTES : maxRecordBytes;
    }

    /**
     * Settings of a topic.
     *
     * @param topic name of one of the topics, or of another one with the same settings as the logits topic
     */
    public TopicSettings settings(String topic) {
        return new TopicSettings(
                topic,
                topic.equals(heldOut) || topic.equals(teachers) ? 1 : partitions,
                replicationFactor,
                maxRecordBytes,
                retentionMs,
                minInsyncReplicas,
                compression);
    }

    /** All topics, in the order in which data pass through them. */
    public List<TopicSettings> all() {
        return List.of(
                settings(tokens), settings(logits), settings(deadLetters), settings(heldOut), settings(teachers));
    }

    /** The same with another tokens topic. */
    public TopicsConfig withTokens(String name) {
        return new TopicsConfig(
                name,
                logits,
                deadLetters,
                heldOut,
                partitions,
                replicationFactor,
                maxRecordBytes,
                retentionMs,
                minInsyncReplicas,
                compression,
                teachers);
    }

    /** The same with another held-out topic. */
    public TopicsConfig withHeldOut(String name) {
        return new TopicsConfig(
                tokens,
                logits,
                deadLetters,
                name,
                partitions,
                replicationFactor,
                maxRecordBytes,
                retentionMs,
                minInsyncReplicas,
                compression,
                teachers);
    }

    /** The same with another dead-letter topic; null for the name that follows from the logits topic. */
    public TopicsConfig withDeadLetters(String name) {
        return new TopicsConfig(
                tokens,
                logits,
                name,
                heldOut,
                partitions,
                replicationFactor,
                maxRecordBytes,
                retentionMs,
                minInsyncReplicas,
                compression,
                teachers);
    }

    /** The same with another logits topic; a dead-letter topic with its default name follows. */
    public TopicsConfig withLogits(String name) {
        boolean followsLogits = deadLetters.equals(deadLettersOf(logits));
        return new TopicsConfig(
                tokens,
                name,
                followsLogits ? null : deadLetters,
                heldOut,
                partitions,
                replicationFactor,
                maxRecordBytes,
                retentionMs,
                minInsyncReplicas,
                compression,
                teachers);
    }

    private static String deadLettersOf(String logits) {
        return logits + "-dead-letters";
    }
}
