package io.logitstream.model.trial;

import io.logitstream.messages.ModelException;
import java.util.concurrent.TimeUnit;

/** The child process's side of a trial: runs the trial and ends the process with the code that {@link TrialOutcome} reads. */
public final class TrialMain {
    private TrialMain() {}

    /**
     * Runs a trial and ends the process. The process also ends itself after the time limit that its parent gave it, so that
     * it does not outlive a parent that was killed.
     *
     * @param trial what to try
     */
    public static void run(Runnable trial) {
        Thread watchdog = new Thread(TrialMain::endAfterLimit, "limit");
        watchdog.setDaemon(true);
        watchdog.start();
        try {
            trial.run();
            Runtime.getRuntime().halt(0);
        } catch (ModelException e) {
            Runtime.getRuntime().halt(TrialOutcome.REFUSED);
        } catch (Throwable e) {
            System.out.println(TrialOutcome.FAULT + ModelFailureText.of(e));
            Runtime.getRuntime().halt(1);
        }
    }

    private static void endAfterLimit() {
        try {
            TimeUnit.SECONDS.sleep(Long.getLong(TrialProcess.INSIDE, 60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(TrialOutcome.OVERDUE);
    }
}
