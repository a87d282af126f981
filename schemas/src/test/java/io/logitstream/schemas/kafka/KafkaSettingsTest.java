package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {

    private static final int MEBIBYTE = 1024 * 1024;

    @Test
    void limitsFollowTheLargestRecord() {
        KafkaSettings settings = new KafkaSettings("broker:9092", null, null);

        Properties large = settings.producer(100 * MEBIBYTE);
        large.putAll(settings.consumer(100 * MEBIBYTE));
        Properties small = settings.producer(1000);
        small.putAll(settings.consumer(1000));

        assertThat(large)
                .containsEntry("bootstrap.servers", "broker:9092")
                .containsEntry("max.request.size", "104857600")
                .containsEntry("buffer.memory", "209715200")
                .containsEntry("max.partition.fetch.bytes", "104857600")
                .containsEntry("fetch.max.bytes", "104857600")
                .containsEntry("isolation.level", "read_committed");
        assertThat(small)
                .containsEntry("max.request.size", "1000")
                .containsEntry("buffer.memory", "33554432")
                .containsEntry("max.partition.fetch.bytes", "1048576")
                .containsEntry("fetch.max.bytes", "52428800");
    }

    @Test
    void propertiesGoWhereTheirPrefixSaysAndWinOverDefaults() {
        KafkaSettings settings = new KafkaSettings(
                "broker:9092",
                null,
                Map.of(
                        "security.protocol", "SSL",
                        "client.id", "all",
                        "producer.client.id", "writer",
                        "producer.max.request.size", "7",
                        "consumer.fetch.max.bytes", "8",
                        "admin.retries", "9",
                        "streams.num.stream.threads", "2",
                        "schema.registry.basic.auth.user.info", "user:secret",
                        "bootstrap.servers", "elsewhere:1"));

        assertThat(settings.producer(MEBIBYTE))
                .containsOnlyKeys(
                        "bootstrap.servers", "security.protocol", "client.id", "max.request.size", "buffer.memory")
                .containsEntry("client.id", "writer")
                .containsEntry("max.request.size", "7")
                .containsEntry("bootstrap.servers", "broker:9092");
        assertThat(settings.consumer(MEBIBYTE))
                .containsEntry("fetch.max.bytes", "8")
                .containsEntry("client.id", "all")
                .doesNotContainKey("retries");
        assertThat(settings.admin()).containsOnlyKeys("bootstrap.servers", "security.protocol", "client.id", "retries");
        assertThat(settings.streams(MEBIBYTE))
                .containsOnlyKeys(
                        "bootstrap.servers",
                        "security.protocol",
                        "client.id",
                        "num.stream.threads",
                        "producer.client.id",
                        "producer.max.request.size",
                        "producer.buffer.memory",
                        "consumer.max.partition.fetch.bytes",
                        "consumer.fetch.max.bytes",
                        "admin.retries")
                .containsEntry("producer.max.request.size", "7")
                .containsEntry("consumer.fetch.max.bytes", "8");
    }

    @Test
    void aConsumerThatReadsWhatIsThereDoesNotWaitForMoreUnlessTheUserSaysSo() {
        assertThat(new KafkaSettings("broker:9092", null, null).consumerOfPresent(MEBIBYTE))
                .containsEntry("fetch.max.wait.ms", "10")
                .containsEntry("isolation.level", "read_committed");
        assertThat(new KafkaSettings("broker:9092", null, Map.of("consumer.fetch.max.wait.ms", "200"))
                        .consumerOfPresent(MEBIBYTE))
                .containsEntry("fetch.max.wait.ms", "200");
    }

    @Test
    void everySettingIsOneThatKafkaKnows() {
        KafkaSettings settings = new KafkaSettings("broker:9092", null, null);

        assertThat(ProducerConfig.configNames())
                .containsAll(settings.producer(MEBIBYTE).stringPropertyNames());
        assertThat(ConsumerConfig.configNames())
                .containsAll(settings.consumer(MEBIBYTE).stringPropertyNames());
        assertThat(AdminClientConfig.configNames()).containsAll(settings.admin().stringPropertyNames());
    }

    @Test
    void registryPropertiesLoseTheirPrefixAndSslSettingsKeepIt() {
        KafkaSettings settings = new KafkaSettings(
                null,
                "http://registry:8081",
                Map.of(
                        "schema.registry.basic.auth.user.info", "user:secret",
                        "schema.registry.ssl.truststore.location", "trust.jks",
                        "schema.registry.http.read.timeout.ms", "5",
                        "ssl.truststore.location", "of the broker"));

        assertThat(settings.registryProperties())
                .containsEntry("basic.auth.user.info", "user:secret")
                .containsEntry("schema.registry.ssl.truststore.location", "trust.jks")
                .containsEntry("http.read.timeout.ms", "5")
                .containsEntry("http.connect.timeout.ms", 10_000)
                .doesNotContainValue("of the broker");
    }

    @Test
    void autoRegistrationIsOnUnlessTurnedOff() {
        assertThat(withAutoRegister(null).autoRegisterSchemas()).isTrue();
        assertThat(withAutoRegister("false").autoRegisterSchemas()).isFalse();
        assertThatThrownBy(() -> withAutoRegister("no").autoRegisterSchemas())
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("schema.registry.auto.register.schemas");
    }

    @Test
    void secretsAreNotPrinted() {
        KafkaSettings settings = new KafkaSettings(
                "broker:9092", "https://user:secret@registry:8081", Map.of("sasl.jaas.config", "password=secret"));

        assertThat(settings)
                .hasToString("KafkaSettings[bootstrapServers=broker:9092, "
                        + "schemaRegistry=https://***@registry:8081, properties=[sasl.jaas.config]]");
    }

    @Test
    void aCommaInAPasswordIsNamedAndNotPrinted() {
        KafkaSettings settings = new KafkaSettings(null, "https://user:se,cr,et@one:8081,https://a:b@two", Map.of());

        assertThatThrownBy(settings::registryAddress)
                .isInstanceOf(UsageException.class)
                .hasMessage("schema registry https://***@one:8081,https://***@two: a comma separates addresses; write a"
                        + " comma of a login as %2C");
        assertThat(settings.toString()).doesNotContain("cr", "et@");
        assertThat(new KafkaSettings(null, "http://u:p@one,http://v:q@two", Map.of()).registryAddress())
                .isEqualTo("http://***@one,http://***@two");
    }

    @Test
    void absentAddressesAreNamedWhenNeeded() {
        KafkaSettings none = new KafkaSettings(null, null, null);

        assertThatThrownBy(() -> none.producer(1))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--bootstrap-server");
        assertThatThrownBy(() -> RegistryClients.create(none))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--schema-registry");
    }

    private static KafkaSettings withAutoRegister(String value) {
        return new KafkaSettings(
                null, null, value == null ? null : Map.of("schema.registry.auto.register.schemas", value));
    }
}
