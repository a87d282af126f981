package io.logitstream.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTextTest {
    @Test
    void aShellUnderstandsTheLine() {
        assertThat(CommandLineText.of(
                        List.of("distill", "--out", "my run", "--set", "training={tokens: 5}", "--corpus=it's", "")))
                .isEqualTo("logitstream distill --out 'my run' --set 'training={tokens: 5}' '--corpus=it'\\''s' ''");
        assertThat(CommandLineText.of(List.of())).isEqualTo("logitstream");
    }

    @Test
    void aReportHoldsNoSecrets() {
        assertThat(CommandLineText.of(List.of(
                        "train",
                        "--schema-registry=https://me:word@registry:8081/",
                        "--set",
                        "sasl.jaas.config=Module required password=\"hidden\"",
                        "--topic=tokens",
                        "--set",
                        "corpus.maxTokens=5")))
                .doesNotContain("word@", "hidden")
                .contains("registry:8081", "--topic=tokens", "corpus.maxTokens=5");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sasl.oauthbearer.token=hidden",
                "bearer.auth.token: hidden",
                "ssl.key.passphrase=hidden",
                "schema.registry.basic.auth.user.info=me:hidden",
                "{basic.auth.user.info: 'me:hidden'}",
                "accessToken=hidden",
                "{\"kafka\": {\"ssl.keystore.key\": \"hidden\"}}",
                "sasl.jaas.config=Module required\npassword=\"hidden\""
            })
    void eachKindOfSecretIsLeftOut(String setting) {
        assertThat(CommandLineText.of(List.of("train", "--set", setting)))
                .doesNotContain("hidden")
                .contains("***");
        assertThat(CommandLineText.of(List.of("train", "--set=" + setting)))
                .doesNotContain("hidden")
                .contains("***");
    }

    @Test
    void whatIsNoSecretIsShown() {
        List<String> settings = List.of(
                "corpus.maxTokens=500000",
                "training.tokens=40000",
                "topics.tokens=words-1",
                "tokenizer=some/tokenizer.json",
                "basic.auth.credentials.source=USER_INFO");
        assertThat(CommandLineText.of(settings)).isEqualTo("logitstream " + String.join(" ", settings));
    }
}
