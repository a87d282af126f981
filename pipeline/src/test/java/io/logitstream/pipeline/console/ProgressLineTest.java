package io.logitstream.pipeline.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.pipeline.console.ProgressLine.Importance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressLineTest {
    private static final ProgressLine LINE = ProgressLine.of("pd")
            .and(Importance.ESSENTIAL, " 45%")
            .and(Importance.HIGH, ", loss 4.654")
            .and(Importance.LOW, " (text 4.800, distillation 4.500)")
            .and(Importance.MEDIUM, ", 3,210 tokens/s")
            .and(Importance.HIGH, ", 2 min left")
            .and(Importance.LOW, null);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | pd 45%, loss 4.654 (text 4.800, distillation 4.500), 3,210 tokens/s, 2 min left",
                "60 | pd 45%, loss 4.654, 3,210 tokens/s, 2 min left",
                "40 | pd 45%, loss 4.654, 2 min left",
                "20 | pd 45%, loss 4.654",
                "10 | pd 45%",
                "5 | pd 4…",
                "1 | …",
            })
    void theLeastImportantPartsGoFirst(int columns, String text) {
        assertThat(LINE.fit(columns)).isEqualTo(text);
    }

    @Test
    void aLineIsNeverWiderThanAsked() {
        ProgressLine wide = ProgressLine.of("学生のフォルダ名 e\u0301tudiant").and(Importance.LOW, ", 😀😀");

        assertThat(wide.full()).contains("学生");
        for (int columns = 0; columns < 60; columns++) {
            assertThat(ProgressLine.width(wide.fit(columns))).isLessThanOrEqualTo(columns);
            assertThat(ProgressLine.width(LINE.fit(columns))).isLessThanOrEqualTo(columns);
        }
    }

    @Test
    void aNameCannotControlTheTerminal() {
        assertThat(ProgressLine.of("a\u001b[2Jb\nc\rd\u202ee\u0007\u2028").full())
                .doesNotContainPattern("[\\p{Cntrl}\u202e\u2028]")
                .contains("a", "b", "c", "d", "e");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 s",
        "0.4,0 s",
        "59.4,59 s",
        "59.6,1 min",
        "125,2 min 5 s",
        "3600,1 h",
        "5405,1 h 30 min",
        "187200,2 d 4 h",
        "-3,0 s"
    })
    void timesHaveTheirTwoLargestUnits(double seconds, String text) {
        assertThat(Durations.text(seconds)).isEqualTo(text);
    }
}
