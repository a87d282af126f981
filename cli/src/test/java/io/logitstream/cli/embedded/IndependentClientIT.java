package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.registry.AvroSerializer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("FutureReturnValueIgnored") // The end of the producer waits for what it was sent.
class IndependentClientIT {

    private static final String TOPIC = "tokens";

    @TempDir
    Path folder;

    @Test
    void kafkajsReadsCommittedCompressedRecordsThroughTheRegistry() throws Exception {
        Assumptions.assumeTrue(KafkajsReader.isPossible(), "node and npm are not installed");
        KafkajsReader reader = KafkajsReader.install();
        byte[] tokens = {1, 0, 0, 0, (byte) 255, 15, 0, 0};
        try (EmbeddedCluster cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults())) {
            TestCluster.createTopic(cluster.bootstrapServers(), TOPIC, Map.of("compression.type", "zstd"));
            KafkaSettings settings = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), null);
            try (SchemaRegistryClient registry = RegistryClients.create(settings)) {
                publish(cluster, new AvroSerializer<>(registry), batch(tokens));
            }

            List<JsonNode> records = reader.read(cluster.bootstrapServers(), cluster.schemaRegistry(), TOPIC, 1);

            assertThat(records).hasSize(1);
            assertThat(records.get(0).path("key").asText()).isEqualTo("corpus/00000/0000001");
            JsonNode value = records.get(0).path("value");
            assertThat(value.path("rows").asInt()).isEqualTo(1);
            assertThat(value.path("vocabularySize").asInt()).isEqualTo(4096);
            assertThat(value.path("tokens").binaryValue()).isEqualTo(tokens);
            assertThat(value.path("endOfCorpus").isNull()).isTrue();
        }
    }

    /** One record that is taken back, and one that is committed. */
    private static void publish(EmbeddedCluster cluster, AvroSerializer<TokenBatch> serializer, TokenBatch batch) {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                cluster.bootstrapServers(),
                "transactional.id",
                "publisher",
                "compression.type",
                "zstd");
        try (KafkaProducer<String, TokenBatch> producer =
                new KafkaProducer<>(properties, new StringSerializer(), serializer)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(TOPIC, 0, "corpus/00000/0000000", batch));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(TOPIC, 0, "corpus/00000/0000001", batch));
            producer.commitTransaction();
        }
    }

    private static TokenBatch batch(byte[] tokens) {
        return TokenBatch.newBuilder()
                .setCorpus("corpus")
                .setShard(0)
                .setBatch(0)
                .setRows(1)
                .setLength(2)
                .setTokens(ByteBuffer.wrap(tokens))
                .setTokenizerHash("0".repeat(64))
                .setVocabularySize(4096)
                .setEndOfCorpus(null)
                .build();
    }
}
