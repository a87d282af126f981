package io.logitstream.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CommandTextTest {
  @Test
  void aShellUnderstandsTheLine() {
    assertThat(CommandText.of(List.of("distill", "--out", "my run", "--set", "training={tokens: 5}",
        "--corpus=it's", "")))
        .isEqualTo("logitstream distill --out 'my run' --set 'training={tokens: 5}' '--corpus=it'\\''s' ''");
    assertThat(CommandText.of(List.of())).isEqualTo("logitstream");
  }

  @Test
  void aReportHoldsNoSecrets() {
    assertThat(CommandText.of(List.of("train", "--schema-registry=https://me:word@registry:8081/", "--set",
        "sasl.jaas.config=Module required password=\"hidden\"", "--topic=tokens", "--set", "corpus.maxTokens=5")))
        .doesNotContain("word@", "hidden").contains("registry:8081", "--topic=tokens", "corpus.maxTokens=5");
  }
}
