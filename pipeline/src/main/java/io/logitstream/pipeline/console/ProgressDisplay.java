package io.logitstream.pipeline.console;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Progress on standard error. On a terminal, each stage has a line that is repainted in place and never wider than the
 * window; other output to standard error appears above. Without a terminal, for example in a file, all stages form one
 * plain line, printed every 5 seconds in the first minute and every 30 seconds afterwards; an unchanged line is
 * repeated once a minute. Thread-safe.
 */
public final class ProgressDisplay {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long TERMINAL_PAUSE = SECOND / 5;
    private static final long FIRST_MINUTE = 60 * SECOND;
    private static final long PLAIN_PAUSE = 5 * SECOND;
    private static final long LATER_PLAIN_PAUSE = 30 * SECOND;
    private static final long REPEAT_PAUSE = 60 * SECOND;

    private final TerminalSize terminal;
    private final LongSupplier clock;
    private final long start;
    private final List<Integer> painted = new ArrayList<>();
    private Long lastShown;
    private String lastPlain;
    private long lastPlainTime;
    private PrintStream guarded;

    /**
     * @param terminal the terminal behind standard error; null for none
     * @param clock time in nanoseconds
     */
    ProgressDisplay(TerminalSize terminal, LongSupplier clock) {
        this.terminal = terminal;
        this.clock = clock;
        this.start = clock.getAsLong();
    }

    /** Display on standard error. */
    public static ProgressDisplay standardError() {
        // Set by the launcher: since JDK 22, System.console() is not null without a terminal either.
        boolean terminal = Boolean.getBoolean("logitstream.terminal") && !"dumb".equals(System.getenv("TERM"));
        return new ProgressDisplay(terminal ? new NativeTerminalSize() : null, System::nanoTime);
    }

    /**
     * Shows a text as the only line, unless something was shown just now.
     *
     * @param text called only when the text is shown
     */
    public void showText(Supplier<String> text) {
        showStages(() -> List.of(ProgressLine.of(text.get())));
    }

    /** Shows one stage, unless something was shown just now. */
    public void showStage(Supplier<ProgressLine> stage) {
        showStages(() -> List.of(stage.get()));
    }

    /**
     * Shows several stages, one line each on a terminal, unless something was shown just now.
     *
     * @param stages called only when the stages are shown
     */
    public void showStages(Supplier<List<ProgressLine>> stages) {
        synchronized (this) {
            long now = clock.getAsLong();
            if (lastShown != null && now - lastShown < pause(now)) {
                return;
            }
            lastShown = now;
        }
        // Called outside the lock, so that a thread that logs meanwhile does not wait for it.
        List<ProgressLine> lines = stages.get();
        synchronized (this) {
            if (terminal != null) {
                paint(lines);
            } else {
                plain(String.join(" | ", lines.stream().map(ProgressLine::full).toList()));
            }
        }
    }

    private long pause(long now) {
        return terminal != null ? TERMINAL_PAUSE : now - start < FIRST_MINUTE ? PLAIN_PAUSE : LATER_PLAIN_PAUSE;
    }

    private void plain(String line) {
        long now = clock.getAsLong();
        if (!line.equals(lastPlain) || now - lastPlainTime >= REPEAT_PAUSE) {
            System.err.println(line);
            lastPlain = line;
            lastPlainTime = now;
        }
    }

    private void paint(List<ProgressLine> lines) {
        // One column stays free: after a full line the cursor position differs between terminals.
        int columns = Math.max(1, terminal.columns() - 1);
        int most = Math.max(1, terminal.rows() - 1);
        StringBuilder text = new StringBuilder(toTheTop());
        painted.clear();
        for (int i = 0; i < Math.min(lines.size(), most); i++) {
            boolean more = i == most - 1 && lines.size() > most;
            String line = more
                    ? ProgressLine.of("and " + (lines.size() - i) + " more").fit(columns)
                    : lines.get(i).fit(columns);
            painted.add(ProgressLine.width(line));
            text.append(i == 0 ? "" : "\n").append(line).append("\u001b[K");
        }
        guard();
        write(text.append("\u001b[J").toString());
    }

    // Lines painted before the window became narrower take several lines now.
    private String toTheTop() {
        int up = -1;
        for (int width : painted) {
            up += Math.max(1, (width + terminal.columns() - 1) / terminal.columns());
        }
        return up > 0 ? "\r\u001b[" + up + "A" : "\r";
    }

    private synchronized void erase() {
        if (!painted.isEmpty()) {
            write(toTheTop() + "\u001b[J");
            painted.clear();
        }
    }

    private void write(String text) {
        PrintStream out = guarded != null ? guarded : System.err;
        out.print(text);
        out.flush();
    }

    private void guard() {
        if (guarded == null) {
            guarded = System.err;
            System.setErr(new PrintStream(guarded, true) {
                @Override
                public void write(int one) {
                    erase();
                    super.write(one);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    erase();
                    super.write(bytes, offset, length);
                }
            });
        }
    }

    /** Prints a permanent line above the stages. */
    public synchronized void print(String line) {
        erase();
        // Bypasses the guard: its lock and this one would be taken in both orders.
        (guarded != null ? guarded : System.err).println(line);
    }

    /** Removes the stages, so that other output starts on an empty line. */
    public synchronized void end() {
        erase();
        if (guarded != null) {
            System.setErr(guarded);
            guarded = null;
        }
    }
}
