package io.logitstream.pipeline.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextPlotTest {
    @Test
    void aFunctionIsDrawnFromZeroToItsLargestValue() {
        List<String> lines = TextPlot.of("rise", x -> 0.003 * x).lines().toList();

        assertThat(lines.get(0)).isEqualTo("rise");
        assertThat(lines.get(1)).startsWith("  0.00300 |").endsWith("*");
        assertThat(lines.get(1).length()).isEqualTo(11 + 64);
        assertThat(lines.get(9)).startsWith("     0.00 |*");
        assertThat(lines.get(11)).contains("0%").contains("50%").endsWith("100%");
        for (int column = 11; column < 75; column++) {
            int at = column;
            assertThat(lines.subList(1, 10))
                    .filteredOn(line -> line.length() > at && line.charAt(at) == '*')
                    .hasSize(1);
        }
    }

    @Test
    void nothingIsALineAtTheBottom() {
        List<String> lines = TextPlot.of("none", x -> 0).lines().toList();

        assertThat(lines.get(9)).endsWith("*".repeat(64));
    }
}
