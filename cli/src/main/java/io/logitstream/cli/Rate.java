package io.logitstream.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** Tokens per second over the last ten seconds. Not safe for several threads. */
final class Rate {
  private record Sample(long time, long tokens) {}

  private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

  private final Deque<Sample> samples = new ArrayDeque<>();
  private long inWindow;

  void add(long tokens) {
    long now = System.nanoTime();
    samples.add(new Sample(now, tokens));
    inWindow += tokens;
    while (now - samples.peek().time > WINDOW) {
      inWindow -= samples.poll().tokens;
    }
  }

  String text() {
    Double rate = perSecond();
    return rate == null ? "-" : String.format("%,.0f tokens/s", rate);
  }

  /** The rate, null before there is one. */
  Double perSecond() {
    long span = samples.isEmpty() ? 0 : System.nanoTime() - samples.peek().time;
    return span <= 0 ? null : Double.valueOf(inWindow / (span / 1e9));
  }
}
