package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({
        "me:secret, me:secret",
        "me%40work:a%2Fb%3Ac%25+d, me@work:a/b:c%+d",
        "me:gr%C3%BC%c3%9fe, me:grüße",
        "me:100%$1, me:100%$1"
    })
    void sendsTheLoginOfItsAddressDecoded(String written, String sent) throws Exception {
        try (FakeRegistryServer server = new FakeRegistryServer(200, "[]")) {
            String url = server.url().replace("//", "//" + written + "@");
            for (Map<String, String> properties :
                    List.of(Map.<String, String>of(), Map.of("schema.registry.basic.auth.credentials.source", "URL"))) {
                RegistryClients.create(new KafkaSettings(null, url, properties)).close();

                assertThat(decoded(server.authorization())).isEqualTo(sent);
            }
        }
    }

    @Test
    void anAddressWithoutALoginGetsNone() throws Exception {
        try (FakeRegistryServer server = new FakeRegistryServer(200, "[]")) {
            RegistryClients.create(new KafkaSettings(null, server.url(), null)).close();

            assertThat(server.authorization()).isNull();
        }
    }

    private static String decoded(String authorization) {
        return new String(Base64.getDecoder().decode(authorization.substring(6)), StandardCharsets.UTF_8);
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
