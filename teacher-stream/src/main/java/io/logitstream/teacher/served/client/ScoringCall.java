package io.logitstream.teacher.served.client;

import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.wire.RowScores;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The scores of one batch, whose rows may be in several requests. */
final class ScoringCall extends CompletableFuture<PromptScores> {
    private final PromptScores into;
    private final RowScores[] rows;
    private final Queue<Runnable> exchanges = new ConcurrentLinkedQueue<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Consumer<ScoringCall> onEnd;
    private int missing;

    /**
     * @param onEnd notified when the call ends in any way
     */
    ScoringCall(PromptScores into, int rows, Consumer<ScoringCall> onEnd) {
        this.into = into;
        this.onEnd = onEnd;
        this.rows = new RowScores[rows];
        this.missing = rows;
    }

    // Stages that depend on this one are plain futures.
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }

    /**
     * Adds the scores of rows.
     *
     * @param first number of the first row
     * @return the rows of the batch, which are no longer in use, if it is complete; otherwise none
     */
    RowScores[] add(int first, RowScores[] scores) {
        synchronized (this) {
            System.arraycopy(scores, 0, rows, first, scores.length);
            missing -= scores.length;
            if (missing > 0 || isDone()) {
                return new RowScores[0];
            }
            RowScores.join(rows, into);
        }
        onEnd.accept(this);
        complete(into);
        return rows;
    }

    /** Registers what ends an exchange of this call early; runs it at once if the call has ended. */
    void exchangeStarted(Runnable end) {
        exchanges.add(end);
        if (isDone()) {
            end.run();
        }
    }

    /** Forgets an exchange. */
    void exchangeOver(Runnable end) {
        exchanges.remove(end);
    }

    /**
     * Waits.
     *
     * @return whether the call ended while waiting
     */
    boolean awaitEnd(long nanos) throws InterruptedException {
        return over.await(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled;
        synchronized (this) {
            cancelled = super.cancel(mayInterrupt);
        }
        end();
        return cancelled;
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        boolean failed;
        synchronized (this) {
            failed = super.completeExceptionally(failure);
        }
        end();
        return failed;
    }

    private void end() {
        onEnd.accept(this);
        over.countDown();
        exchanges.forEach(Runnable::run);
    }
}
