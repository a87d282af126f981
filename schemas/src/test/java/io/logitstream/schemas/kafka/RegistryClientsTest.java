package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RegistryClientsTest {

    @Test
    void sendsTheUserOfItsProperties() throws Exception {
        try (FakeRegistryServer server = new FakeRegistryServer(200, "[]")) {
            KafkaSettings settings = new KafkaSettings(
                    null,
                    server.url(),
                    Map.of(
                            "schema.registry.basic.auth.credentials.source", "USER_INFO",
                            "schema.registry.basic.auth.user.info", "user:secret"));

            RegistryClients.create(settings).close();

            assertThat(server.authorization())
                    .isEqualTo("Basic "
                            + Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void aRefusalIsToldInOneLine() throws Exception {
        try (FakeRegistryServer server =
                new FakeRegistryServer(401, "{\"error_code\": 40101, \"message\": \"Unauthorized\\nuser\"}")) {
            KafkaSettings settings = new KafkaSettings(null, server.url(), null);

            assertThatThrownBy(() -> RegistryClients.create(settings))
                    .isInstanceOf(LogitstreamException.class)
                    .message()
                    .contains(server.url(), "Unauthorized")
                    .doesNotContain("\n");
        }
    }

    @Test
    void aRegistryThatIsNotThereIsNamedWithoutThePasswordInItsUrl() throws Exception {
        String url;
        try (FakeRegistryServer server = new FakeRegistryServer(200, "[]")) {
            url = server.url();
        }
        KafkaSettings settings = new KafkaSettings(null, url.replace("//", "//user:secret@"), null);

        assertThatThrownBy(() -> RegistryClients.create(settings))
                .isInstanceOf(LogitstreamException.class)
                .message()
                .contains(url.replace("//", "//***@"))
                .doesNotContain("secret", "\n");
    }

    @Test
    void aTokenWithALineBreakIsNotShown() throws Exception {
        try (FakeRegistryServer server = new FakeRegistryServer(200, "[]")) {
            KafkaSettings settings = new KafkaSettings(
                    null,
                    server.url(),
                    Map.of(
                            "schema.registry.bearer.auth.credentials.source", "STATIC_TOKEN",
                            "schema.registry.bearer.auth.token", "hush-token\n"));

            assertThatThrownBy(() -> RegistryClients.create(settings))
                    .isInstanceOf(LogitstreamException.class)
                    .message()
                    .contains(server.url(), "***")
                    .doesNotContain("hush", "\n");
        }
    }

    @Test
    void aPasswordInAnAddressIsNotShownWhereItIsNotPercentEncoded() {
        String urls = "http://host:8081,http://user:hush/1@2@other:8081,http://me:hush3@third:8081";

        assertThat(new KafkaSettings(null, urls, null).toString())
                .contains("http://host:8081,http://***@other:8081,http://***@third:8081")
                .doesNotContain("hush");
    }

    @Test
    void anAddressThatIsNoUrlIsAUsageError() {
        assertThatThrownBy(() -> RegistryClients.create(new KafkaSettings(null, "registry:8081", null)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("registry:8081");
    }
}
