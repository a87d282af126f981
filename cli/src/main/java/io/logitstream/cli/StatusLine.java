package io.logitstream.cli;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Progress on standard error: one line that is written over on a terminal, a plain line every few seconds elsewhere. Safe
 * for several threads.
 */
final class StatusLine {
  private static final long TERMINAL_PAUSE = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long PLAIN_PAUSE = TimeUnit.SECONDS.toNanos(5);
  private static final String CLEAR = "\r\u001b[K";

  // The launcher knows: since JDK 22, System.console() is there without a terminal too.
  private final boolean terminal = Boolean.getBoolean("logitstream.terminal") && !"dumb".equals(System.getenv("TERM"));
  private long lastShown = System.nanoTime() - PLAIN_PAUSE;
  private boolean shown;

  /**
   * Shows a text, unless one was shown just now.
   *
   * @param text made only when it is shown
   */
  synchronized void show(Supplier<String> text) {
    long now = System.nanoTime();
    if (now - lastShown < (terminal ? TERMINAL_PAUSE : PLAIN_PAUSE)) {
      return;
    }
    lastShown = now;
    shown = true;
    if (terminal) {
      System.err.print(CLEAR + text.get());
      System.err.flush();
    } else {
      System.err.println(text.get());
    }
  }

  /** Prints a line that stays. */
  synchronized void print(String line) {
    end();
    System.err.println(line);
  }

  /** Ends the line, so that other output follows on a line of its own. */
  synchronized void end() {
    if (terminal && shown) {
      System.err.print(CLEAR);
      System.err.flush();
    }
    shown = false;
  }
}
