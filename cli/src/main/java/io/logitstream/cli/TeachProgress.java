package io.logitstream.cli;

import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.TeachListener;

/** What the teacher stream has done; written by its threads, read by the one that shows it. */
final class TeachProgress implements TeachListener {
  private final Rate rate = new Rate();
  private long batches;
  private long tokens;
  private long kept;
  private long bytes;

  @Override
  public synchronized void onBatch(int batchTokens, int batchKept, int batchBytes) {
    batches++;
    tokens += batchTokens;
    kept += batchKept;
    bytes += batchBytes;
    rate.add(batchTokens);
  }

  /** A listener that also tells when the teacher changes. */
  TeachListener announcingOn(StatusLine status) {
    TeachProgress progress = this;
    return new TeachListener() {
      @Override
      public void onBatch(int batchTokens, int batchKept, int batchBytes) {
        progress.onBatch(batchTokens, batchKept, batchBytes);
      }

      @Override
      public void onTeacher(Teacher teacher) {
        status.print("teacher " + teacher.getId() + " takes over, weights " + teacher.getWeightsHash());
      }
    };
  }

  /** One line: tokens and rate. */
  synchronized String text() {
    return tokens == 0 ? "teacher waits for tokens" : String.format("teacher %,d tokens %s", tokens, rate.text());
  }

  /** What this instance has done. */
  synchronized String summary() {
    return tokens == 0 ? "nothing to do" : String.format("%,d batches, %,d tokens, %.1f kept entries and %.1f bytes a token",
        batches, tokens, (double) kept / tokens, (double) bytes / tokens);
  }
}
