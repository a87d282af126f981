package io.logitstream.student.input;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.registry.BatchReader;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Finds the number of predicted tokens of a complete topic, from the end-of-corpus markers at the end of its first
 * partition: one, or those of the sources of a mixture.
 */
public final class CorpusSize {
    private CorpusSize() {}

    /**
     * Number of predicted tokens of the corpora that end the topic.
     *
     * @param topics topics that hold the corpus; the first complete one is used
     * @throws UsageException when no topic is complete
     */
    public static long find(KafkaSettings kafka, SchemaRegistryClient registry, List<String> topics) {
        for (String topic : topics) {
            try (TopicEnd end = new TopicEnd(kafka, topic, TopicSettings.DEFAULT_MAX_RECORD_BYTES)) {
                List<ConsumerRecord<String, byte[]>> markers = end.exists() ? end.markers(0) : List.of();
                if (!markers.isEmpty()) {
                    BatchReader reader = new BatchReader(registry);
                    return markers.stream()
                            .mapToLong(marker -> reader.read(marker)
                                    .tokens()
                                    .getEndOfCorpus()
                                    .getPredictedTokens())
                            .sum();
                }
            }
        }
        throw new UsageException(
                "topic " + String.join(" or ", topics) + " does not end with an end-of-corpus marker yet, so"
                        + " the length of the run is not known: set training.tokens, or wait until the corpus is published");
    }
}
