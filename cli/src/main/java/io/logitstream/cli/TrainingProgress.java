package io.logitstream.cli;

import io.logitstream.student.HeldOutMetrics;
import io.logitstream.student.StepMetrics;
import io.logitstream.student.TrainingListener;

/** What a student's run looks like at the moment; written by its thread, read by the one that shows it. */
final class TrainingProgress implements TrainingListener {
  private final String name;
  private final Rate rate = new Rate();
  private StepMetrics last;
  private HeldOutMetrics heldOut;
  private long budget;
  private long lag;
  private boolean waiting;

  TrainingProgress(String name) {
    this.name = name;
  }

  @Override
  public synchronized void onStart(long tokens, long budgetOfRun, long parameters) {
    budget = budgetOfRun;
  }

  @Override
  public synchronized void onStep(StepMetrics metrics, long recordsWaiting) {
    rate.add(last == null ? 0 : metrics.tokens() - last.tokens());
    last = metrics;
    heldOut = metrics.heldOut() == null ? heldOut : metrics.heldOut();
    lag = recordsWaiting;
    waiting = false;
  }

  @Override
  public synchronized void onWaiting() {
    waiting = true;
  }

  /** One line: tokens, rate, losses, those on held-out text where it is evaluated, and lag. */
  synchronized String text() {
    if (last == null) {
      return name + (waiting ? " waits for records" : " starts");
    }
    return String.format("%s %.0f%% loss %.3f (lm %.3f kd %.3f)%s %s%s", name, 100.0 * last.tokens() / budget,
        last.loss(), last.lm(), last.kd(), heldOut == null ? "" : String.format(" held-out %.3f", heldOut.loss()),
        rate.text(), waiting ? ", waits" : ", lag " + lag);
  }

  /** A listener that also shows each change. */
  TrainingListener showingOn(StatusLine status) {
    TrainingProgress progress = this;
    return new TrainingListener() {
      @Override
      public void onStart(long tokens, long budgetOfRun, long parameters) {
        progress.onStart(tokens, budgetOfRun, parameters);
        status.print(String.format("%s: %,d parameters, %s of %,d tokens", name, parameters,
            tokens == 0 ? "start" : String.format("continues at %,d", tokens), budgetOfRun));
      }

      @Override
      public void onStep(StepMetrics metrics, long recordsWaiting) {
        progress.onStep(metrics, recordsWaiting);
        if (metrics.heldOut() != null) {
          HeldOutMetrics value = metrics.heldOut();
          status.print(String.format("%s step %,d: held-out loss %.4f, perplexity %.2f, %.4f bits a byte", name,
              metrics.step(), value.loss(), value.perplexity(), value.bitsPerByte()));
        }
        status.show(progress::text);
      }

      @Override
      public void onWaiting() {
        progress.onWaiting();
        status.show(progress::text);
      }
    };
  }
}
