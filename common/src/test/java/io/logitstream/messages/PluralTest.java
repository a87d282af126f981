package io.logitstream.messages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PluralTest {
    @Test
    void oneIsSingularAndAllOtherCountsArePlural() {
        assertThat(Plural.of(1, "file")).isEqualTo("file");
        assertThat(Plural.of(0, "file")).isEqualTo("files");
        assertThat(Plural.of(2, "batch")).isEqualTo("batches");
        assertThat(Plural.of(2, "pass")).isEqualTo("passes");
        assertThat(Plural.of(1, "corpus", "corpora")).isEqualTo("corpus");
        assertThat(Plural.of(3, "corpus", "corpora")).isEqualTo("corpora");
    }
}
