package io.logitstream.producers.corpus.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceNameTest {
    @ParameterizedTest
    @CsvSource({
        "-, stdin",
        "/data/code/, code",
        "data/web.jsonl.zst, web",
        "a.b.txt, a.b",
        "x/lib-1.0-sources.jar, lib-1.0-sources",
        "src/**/*.java, src",
        "*.txt, corpus",
        "/, corpus",
        "., corpus",
        "notes.gz, notes"
    })
    void isTheLastPartThatIsNoGlobWithoutExtension(String source, String expected) {
        assertThat(CorpusConfig.of(source).name()).isEqualTo(expected);
    }
}
