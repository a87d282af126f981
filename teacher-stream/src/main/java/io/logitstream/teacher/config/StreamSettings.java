package io.logitstream.teacher.config;

import io.logitstream.schemas.kafka.KafkaSettings;
import java.nio.file.Path;

/**
 * Settings of one instance of a teacher stream.
 *
 * @param kafka cluster and schema registry
 * @param topics topics, which must exist
 * @param teach teacher, threads and codec
 * @param shape largest batch to expect
 * @param maxRecordBytes largest record of the logits topic, in bytes ({@code max.message.bytes})
 * @param stateFolder folder for Kafka Streams' own files
 * @param resume losses and repetitions that a restart may accept
 */
public record StreamSettings(
        KafkaSettings kafka,
        StreamTopics topics,
        TeachConfig teach,
        BatchShape shape,
        int maxRecordBytes,
        Path stateFolder,
        ResumeOptions resume) {
    /** Settings of a stream that stops where continuing would lose or repeat batches. */
    public StreamSettings(
            KafkaSettings kafka,
            StreamTopics topics,
            TeachConfig teach,
            BatchShape shape,
            int maxRecordBytes,
            Path stateFolder) {
        this(kafka, topics, teach, shape, maxRecordBytes, stateFolder, ResumeOptions.NONE);
    }

    /** Consumer group and Kafka Streams application id of the stream. */
    public String group() {
        return teach.group(topics.logits());
    }
}
