package io.logitstream.pipeline.stages;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.metrics.KafkaMeters;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import java.util.Arrays;
import org.apache.kafka.clients.admin.Admin;

/** The cluster and the configuration that the stages of one command share. */
public final class StageContext {
    private final KafkaSettings kafka;
    private final LogitstreamConfig config;

    /**
     * Adds the metrics of the Kafka clients to those that are served, if any are.
     *
     * @param kafka cluster and schema registry; null for stages that use neither
     * @param config configuration of all stages
     */
    public StageContext(KafkaSettings kafka, LogitstreamConfig config) {
        this.kafka = kafka == null ? null : KafkaMeters.reporting(config.metrics(), kafka);
        this.config = config;
    }

    KafkaSettings kafka() {
        return kafka;
    }

    LogitstreamConfig config() {
        return config;
    }

    /**
     * Creates topics with the configured settings.
     *
     * @param names names of topics; those that exist are checked
     * @throws UsageException if a topic exists with other settings
     */
    public void ensureTopics(String... names) {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(
                    admin, Arrays.stream(names).map(config.topics()::settings).toArray(TopicSettings[]::new));
        }
    }

    /** Requires that a topic exists. */
    void requireTopic(String topic) {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.maxRecordBytes(admin, topic);
        }
    }

    /** Opens the configured tokenizer; the caller closes it. */
    public Tokenizer tokenizer() {
        return Tokenizer.load(
                InputPath.require("tokenizer", config.tokenizer()),
                config.corpus().endOfText());
    }
}
