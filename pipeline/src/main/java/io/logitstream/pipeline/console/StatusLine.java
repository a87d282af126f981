package io.logitstream.pipeline.console;

import java.util.List;
import java.util.function.Supplier;

/** Progress on standard error, see {@link ProgressDisplay}. Safe for several threads. */
public final class StatusLine {
    private final ProgressDisplay display = ProgressDisplay.standardError();

    /**
     * Shows a text, unless one was shown just now.
     *
     * @param text made only when it is shown
     */
    public void show(Supplier<String> text) {
        showStages(() -> List.of(ProgressLine.of(text.get())));
    }

    /** Shows a stage, as {@link #show} does a text. */
    public void showStage(Supplier<ProgressLine> stage) {
        showStages(() -> List.of(stage.get()));
    }

    /** Shows several stages at once, a line each on a terminal. */
    public void showStages(Supplier<List<ProgressLine>> stages) {
        display.show(stages);
    }

    /** Prints a line that stays. */
    public void print(String line) {
        display.print(line);
    }

    /** Ends the line, so that other output follows on a line of its own. */
    public void end() {
        display.end();
    }
}
