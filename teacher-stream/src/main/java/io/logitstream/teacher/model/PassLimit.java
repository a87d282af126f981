package io.logitstream.teacher.model;

import java.util.function.IntSupplier;

/** A limit of the forward passes that run at the same time, and so of their memory. Thread-safe. */
final class PassLimit {
    private final IntSupplier most;
    private int running;

    /**
     * @param most number of passes, which changes with the teacher
     */
    PassLimit(IntSupplier most) {
        this.most = most;
    }

    /** Waits until another pass may begin. An interrupt does not end the wait, and is kept. */
    synchronized void enter() {
        boolean interrupted = false;
        while (running > 0 && running >= most.getAsInt()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        running++;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a pass. */
    synchronized void leave() {
        running--;
        // All of them: another teacher may allow more passes than the one before.
        notifyAll();
    }
}
