package io.logitstream.student.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expectations are what CPython 3.11 gives. */
class PythonTextTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "he GOES,He goes",
                "éLAN,Élan",
                "ßa,Ssa",
                "ǆ X,ǅ x",
                "ŉa,ʼNa",
                "\"\",\"\"",
                "1A,1a",
                "ﬁX,Fix",
                "ΑΣ,Ας"
            })
    void capitalizes(String text, String expected) {
        assertThat(PythonText.capitalize(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {"\"  a b \n\",a b", "\u00a0a\u2003,a", "\u001ca\u0085,a", "\u200ba,\u200ba", "\" \",\"\""})
    void strips(String text, String expected) {
        assertThat(PythonText.strip(text)).isEqualTo(expected);
    }
}
