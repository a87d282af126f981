package io.logitstream.producers.corpus.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.producers.TestCorpus;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Settings of a mixture's sources. */
class MixturesTest {
    @Test
    void settingsThatAMixtureCannotHaveAreRefused() {
        MixtureSource some = MixtureSource.of("x", 1);
        assertThat(refusal(Map.of("a/b", some))).startsWith("corpora: corpus name 'a/b' must have");
        assertThat(refusal(Map.of("web", MixtureSource.of(null, 1)))).startsWith("corpora.web.source is not given");
        assertThat(refusal(Map.of("web", MixtureSource.of("-", 1)))).startsWith("corpora.web.source is standard input");
        assertThat(refusal(Map.of("web", MixtureSource.of("x", 0))))
                .startsWith("corpora.web.weight is 0.0, but must be");
        assertThat(refusal(Map.of("web", MixtureSource.of("x", Double.NaN)))).startsWith("corpora.web.weight is NaN");
        assertThat(refusal(Map.of("web", new MixtureSource("x", 1.0, 0, null, null, null, null, null))))
                .startsWith("corpora.web.epochs is 0");
        assertThat(refusal(Map.of("web", new MixtureSource("x", 1.0, 1, 0L, null, null, null, null))))
                .startsWith("corpora.web.maxTokens is 0");
        Map<String, MixtureSource> many = new TreeMap<>();
        for (int i = 0; i < 65; i++) {
            many.put("s" + i, some);
        }
        assertThat(refusal(many)).startsWith("corpora names 65 sources, but a mixture has at most 64");
    }

    private static String refusal(Map<String, MixtureSource> sources) {
        return assertThatThrownBy(() -> TestCorpus.config(null, null, null, sources))
                .isInstanceOf(UsageException.class)
                .actual()
                .getMessage();
    }
}
