package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedBroker;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.embedded.registry.EmbeddedRegistry;
import io.logitstream.messages.LogitstreamException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("FutureReturnValueIgnored") // The end of the producer waits for what it was sent.
class EmbeddedRegistryTopicIT {

    private static final String TOPIC = "_schemas";

    @TempDir
    Path folder;

    @Test
    void schemasAndLevelsAreThereAtTheNextStart() throws Exception {
        AvroSchema kept = RegistryContract.schema("Kept");
        AvroSchema changed = RegistryContract.schema("Kept", "{'name': 'c', 'type': 'int', 'default': 0}");
        int keptId;
        int changedId;
        try (EmbeddedCluster first = EmbeddedCluster.start(folder, EmbeddedSettings.defaults())) {
            SchemaRegistryClient client = client(first.schemaRegistry());
            keptId = client.register("kept-value", kept);
            changedId = client.register("kept-value", changed);
            client.updateCompatibility("kept-value", "FULL");
            client.updateCompatibility(null, "FORWARD");
            client.register("gone-value", kept);
            client.deleteSubject("gone-value");
            client.register("erased-value", kept);
            client.deleteSubject("erased-value");
            client.deleteSubject("erased-value", true);
            client.deleteSchemaVersion("kept-value", "1");
            // What a registry of Confluent's leaves in the topic to find its end.
            append(first.bootstrapServers(), "{\"keytype\":\"NOOP\",\"magic\":0}", null);
        }

        try (EmbeddedCluster second = EmbeddedCluster.start(folder, EmbeddedSettings.defaults())) {
            SchemaRegistryClient client = client(second.schemaRegistry());
            assertThat(client.getAllSubjects()).containsExactly("kept-value");
            assertThat(client.getAllSubjects(true)).containsExactly("gone-value", "kept-value");
            assertThat(client.getAllVersions("kept-value")).containsExactly(2);
            assertThat(client.getSchemaById(keptId)).isEqualTo(kept);
            assertThat(client.getCompatibility("kept-value")).isEqualTo("FULL");
            assertThat(client.getCompatibility(null)).isEqualTo("FORWARD");
            assertThat(client.register("new-value", RegistryContract.schema("New")))
                    .isEqualTo(changedId + 1);
        }
    }

    @Test
    void aRecordThatNoRegistryWroteStopsTheStart() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0, 1024 * 1024)) {
            TestCluster.createTopic(broker.bootstrapServers(), TOPIC, Map.of("cleanup.policy", "compact"));
            append(broker.bootstrapServers(), "no JSON", "no JSON");

            assertThatThrownBy(() -> EmbeddedRegistry.start(broker.bootstrapServers(), 0))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining(TOPIC)
                    .hasMessageContaining("offset 0");
        }
    }

    @Test
    void aChangeThatTheTopicDoesNotTakeIsNotSeen() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults())) {
            SchemaRegistryClient client = client(cluster.schemaRegistry());
            int id = client.register("before-value", RegistryContract.schema("Before"));
            limitRecords(cluster.bootstrapServers(), "10");
            RegistryContract.assertCode(
                    50001,
                    () -> client(cluster.schemaRegistry()).register("after-value", RegistryContract.schema("After")));
            assertThat(client.getAllSubjects()).containsExactly("before-value");

            limitRecords(cluster.bootstrapServers(), "1000000");

            assertThat(client.register("after-value", RegistryContract.schema("After")))
                    .isEqualTo(id + 1);
            assertThat(TestCluster.committed(cluster.bootstrapServers(), TOPIC)).hasSize(2);
        }
    }

    private static void append(String bootstrapServers, String key, String value) {
        try (KafkaProducer<String, String> producer = TestCluster.producer(bootstrapServers, null)) {
            producer.send(new ProducerRecord<>(TOPIC, 0, key, value));
        }
    }

    private static void limitRecords(String bootstrapServers, String bytes) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            AlterConfigOp limit =
                    new AlterConfigOp(new ConfigEntry("max.message.bytes", bytes), AlterConfigOp.OpType.SET);
            ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
            admin.incrementalAlterConfigs(Map.of(topic, List.of(limit))).all().get();
        }
    }

    private static SchemaRegistryClient client(String url) {
        return new CachedSchemaRegistryClient(url, 100, Map.of());
    }
}
