package io.logitstream.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecretsTest {
    @Test
    void valuesOfSecretPropertiesAreLeftOutOfMessages() {
        Secrets.remember(Map.of(
                "ssl.key.password",
                "hush-1",
                "producer.ssl.truststore.password",
                "hush-2",
                "sasl.jaas.config",
                "x.PlainLoginModule required username=\"reader\" password=\"hush-3\"",
                "schema.registry.basic.auth.user.info",
                "reader:hush-4",
                "linger.ms",
                "5000",
                "sasl.mechanism",
                "PLAIN"));

        assertThat(Secrets.masked("hush-1 hush-2 hush-3 hush-4 5000 PLAIN")).isEqualTo("*** *** *** *** 5000 PLAIN");
        assertThat(FailureText.of(new IllegalStateException("no entry \"hush-3\" for x.PlainLoginModule")))
                .doesNotContain("hush");
    }

    @Test
    void aLineBreakInASecretDoesNotShowIt() {
        Secrets.remember(Map.of(
                "schema.registry.bearer.auth.token", "hush-7\r\n",
                "schema.registry.basic.auth.user.info", "reader:hush-8\n",
                "ssl.key.password", "hush-9\n hush-0"));

        for (String message : List.of("Bearer hush-7\r\n", "reader:hush-8\n", "hush-8", "key hush-9\n hush-0")) {
            assertThat(FailureText.of(new IllegalArgumentException("Illegal character(s): " + message)))
                    .contains("***")
                    .doesNotContain("hush");
        }
    }

    @Test
    void aUsersNameIsNoSecret() {
        Secrets.remember(Map.of(
                "sasl.jaas.config",
                "x.ScramLoginModule required username=\"observer\" password='hush-5'"
                        + " principal=observers serviceName=kafka clientSecret=hush-6;",
                "schema.registry.basic.auth.credentials.source",
                "USER_INFO",
                "sasl.oauthbearer.token.endpoint.url",
                "https://login"));

        assertThat(Secrets.masked("kafka-1 of https://login, topic observers: observer hush-5 hush-6 USER_INFO"))
                .isEqualTo("kafka-1 of https://login, topic observers: observer *** *** USER_INFO");
    }

    @Test
    void theValueOfAnImpossiblePropertyIsNotRepeated() {
        assertThat(FailureText.of(new IllegalStateException(
                        "Invalid value hunter2 for configuration linger.ms: Not a number of type LONG")))
                .isEqualTo("the value of linger.ms cannot be used: Not a number of type LONG");
        assertThat(
                        FailureText.of(
                                new IllegalStateException(
                                        "Invalid value hunter2\nhunter3 for configuration ssl.protocol: hunter2\nhunter3 is not known")))
                .isEqualTo("the value of ssl.protocol cannot be used");
    }

    @Test
    void theNameOfASettingSaysWhetherItIsSecret() {
        assertThat(List.of(
                        "bearer.auth.token",
                        "accessToken",
                        "ssl.key.passphrase",
                        "basic.auth.user.info",
                        "token",
                        "teach.server.apiKey"))
                .allMatch(Secrets::isSecretKey);
        assertThat(List.of(
                        "corpus.maxTokens", "tokens", "tokenizer", "topics.tokens", "token.endpoint.url", "linger.ms"))
                .noneMatch(Secrets::isSecretKey);
    }
}
