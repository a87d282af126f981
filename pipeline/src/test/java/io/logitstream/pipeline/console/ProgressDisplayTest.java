package io.logitstream.pipeline.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.pipeline.console.ProgressLine.Importance;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressDisplayTest {
    private final PrintStream standardError = System.err;
    private long now;

    @AfterEach
    void putBack() {
        System.setErr(standardError);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 12, 40, 80, 120, 200})
    void aTerminalShowsEachStageOnceHoweverOftenItIsPainted(int columns) {
        VirtualTerminal terminal = terminal(columns, 24);
        ProgressDisplay display = new ProgressDisplay(terminal, () -> now);

        for (int step = 0; step < 500; step++) {
            show(display, stages(step));
        }

        assertThat(terminal.screen())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line.length()).isLessThan(Math.max(2, columns)));
        if (columns >= 40) {
            assertThat(terminal.screen().get(0)).startsWith("teacher 49%");
            assertThat(terminal.screen().get(2)).startsWith("lm 49%");
        }
    }

    @Test
    void nothingIsLeftBehindWhenTheWindowIsResized() {
        VirtualTerminal terminal = terminal(120, 24);
        ProgressDisplay display = new ProgressDisplay(terminal, () -> now);
        display.print("before");

        for (int columns : new int[] {120, 60, 40, 200, 80, 33, 120}) {
            show(display, stages(columns));
            terminal.resize(columns);
            show(display, stages(columns));
            assertThat(terminal.screen())
                    .as("%d columns", columns)
                    .hasSize(4)
                    .first()
                    .isEqualTo("before");
        }
    }

    @Test
    void whatOthersWriteToStandardErrorStaysAboveTheStages() {
        VirtualTerminal terminal = terminal(60, 24);
        ProgressDisplay display = new ProgressDisplay(terminal, () -> now);

        show(display, stages(1));
        System.err.println("[WARN] a log line");
        show(display, stages(2));
        display.print("pd complete");
        System.err.print("[WARN] another");
        System.err.println(" one");
        show(display, stages(3));

        assertThat(terminal.screen()).hasSize(6).startsWith("[WARN] a log line", "pd complete", "[WARN] another one");
        display.end();
        System.err.println("after");
        assertThat(terminal.screen())
                .containsExactly("[WARN] a log line", "pd complete", "[WARN] another one", "after", "");
    }

    @Test
    void noMoreStagesThanTheWindowHasLines() {
        VirtualTerminal terminal = terminal(60, 5);
        ProgressDisplay display = new ProgressDisplay(terminal, () -> now);
        List<ProgressLine> many = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            many.add(ProgressLine.of("student " + i));
        }

        show(display, many);

        assertThat(terminal.screen()).containsExactly("student 0", "student 1", "student 2", "and 9 more");
    }

    @Test
    void withoutATerminalLinesArePlainAndBecomeRarer() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setErr(new PrintStream(out, true, StandardCharsets.UTF_8));
        ProgressDisplay display = new ProgressDisplay(null, () -> now);

        for (int tenths = 0; tenths < 3000; tenths++) {
            show(display, stages(tenths), 100);
        }

        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines)
                .hasSize(12 + 8)
                .allSatisfy(line -> assertThat(line).matches("[ -~]+").contains(" | pd "));
        assertThat(lines.get(1)).startsWith("teacher 5%, 3,210 tokens/s, 2 min left | pd ");
    }

    @Test
    void aPlainLineThatDoesNotChangeIsRepeatedOnceAMinute() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setErr(new PrintStream(out, true, StandardCharsets.UTF_8));
        ProgressDisplay display = new ProgressDisplay(null, () -> now);

        for (int second = 0; second < 300; second++) {
            show(display, List.of(ProgressLine.of("teacher waits for tokens")), 1000);
        }

        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(5);
    }

    private VirtualTerminal terminal(int columns, int rows) {
        VirtualTerminal terminal = new VirtualTerminal(columns, rows);
        System.setErr(new PrintStream(terminal, true, StandardCharsets.UTF_8));
        return terminal;
    }

    private void show(ProgressDisplay display, List<ProgressLine> stages) {
        show(display, stages, 250);
    }

    private void show(ProgressDisplay display, List<ProgressLine> stages, long milliseconds) {
        now += TimeUnit.MILLISECONDS.toNanos(milliseconds);
        display.showStages(() -> stages);
    }

    private static List<ProgressLine> stages(int step) {
        List<ProgressLine> lines = new ArrayList<>();
        for (String name : List.of("teacher", "pd", "lm")) {
            lines.add(ProgressLine.of(name)
                    .and(Importance.ESSENTIAL, " " + step / 10 % 100 + "%")
                    .and(Importance.LOW, name.equals("teacher") ? null : " (text 4.8254, distillation 3.7265)")
                    .and(Importance.MEDIUM, ", 3,210 tokens/s")
                    .and(Importance.HIGH, ", 2 min left"));
        }
        return lines;
    }
}
