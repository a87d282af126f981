package io.logitstream.producers.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class TokenProducerFactoryTest {
    private static final CorpusConfig CORPUS =
            new CorpusConfig("x", "c", null, null, null, null, null, null, 1024, 16, null, null, null, null);

    @Test
    void publishesCompressedTransactionsOfItsOwn() {
        Properties properties = TokenProducerFactory.properties(settings(Map.of()), "tokens", CORPUS, 1 << 20);

        assertThat(properties)
                .containsEntry("transactional.id", "logitstream-produce-tokens-c")
                .containsEntry("compression.type", "zstd")
                .containsEntry("enable.idempotence", "true");
    }

    @Test
    void theUsersSettingsWinButForTheTransactions() {
        Properties properties = TokenProducerFactory.properties(
                settings(Map.of("producer.compression.type", "lz4", "transactional.id", "mine")),
                "tokens",
                CORPUS,
                1 << 20);

        assertThat(properties)
                .containsEntry("compression.type", "lz4")
                .containsEntry("transactional.id", "logitstream-produce-tokens-c");
    }

    @Test
    void aRecordTooLargeForTopicOrProducerIsFoundBeforeTheFirst() {
        assertThatThrownBy(() -> TokenProducerFactory.properties(settings(Map.of()), "tokens", CORPUS, 65_536))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("max.message.bytes")
                .hasMessageContaining("65536")
                .hasMessageContaining("topic tokens")
                .hasMessageContaining("contextLength");
        assertThatThrownBy(() -> TokenProducerFactory.properties(
                        settings(Map.of("producer.max.request.size", "60000")), "tokens", CORPUS, 1 << 20))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("max.request.size")
                .hasMessageContaining("60000");
    }

    private static KafkaSettings settings(Map<String, String> properties) {
        return new KafkaSettings("localhost:9092", "http://localhost:8081", properties);
    }
}
