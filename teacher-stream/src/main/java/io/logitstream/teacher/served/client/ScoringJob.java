package io.logitstream.teacher.served.client;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.teacher.served.RefusedPromptException;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import io.logitstream.teacher.served.wire.RowScores;
import io.logitstream.teacher.served.wire.ServerDialect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A request of a batch, repeated until it succeeds or the time for repetitions is over. */
final class ScoringJob implements Runnable {
    /** Number of answers that cannot be used after which the request is given up. */
    private static final int MOST_UNUSABLE = 3;

    /**
     * What all requests share.
     *
     * @param retrySeconds time for which a request is repeated
     */
    record Context(
            AddressPool pool,
            ServerDialect dialect,
            ScoringRequirements requirements,
            ModelVerifier verifier,
            int retrySeconds) {}

    private final Context context;
    private final ScoringCall call;
    private final int first;
    private final int[][] prompts;
    private final RowScores[] rows;
    private final ScratchPool scratch;

    private boolean failing;
    private long failingSince;
    private int failures;
    private int unusable;
    private Address lastFailed;
    private ServerFailure last;

    /**
     * @param first number of the first row within the batch
     * @param prompts rows of this request
     */
    ScoringJob(Context context, ScratchPool scratch, ScoringCall call, int first, int[][] prompts) {
        this.context = context;
        this.scratch = scratch;
        this.call = call;
        this.first = first;
        this.prompts = prompts;
        this.rows = new RowScores[prompts.length];
    }

    @Override
    public void run() {
        try {
            for (int i = 0; i < rows.length; i++) {
                rows[i] = scratch.row();
            }
            while (!call.isDone()) {
                if (attempt()) {
                    scratch.recycle(call.add(first, rows));
                    return;
                }
            }
        } catch (InterruptedException e) {
            call.completeExceptionally(new CancellationException());
        } catch (Throwable e) {
            call.completeExceptionally(e);
        }
    }

    private boolean attempt() throws InterruptedException {
        AddressPool.Lease lease = context.pool().take(lastFailed);
        if (lease == null) {
            // While an address is verified, nothing has failed yet.
            if (context.pool().allFailed()) {
                requireTime();
            }
            return false;
        }
        Address address = lease.address();
        List<Runnable> exchanges = new ArrayList<>(1);
        Consumer<Runnable> started = end -> {
            exchanges.add(end);
            call.exchangeStarted(end);
        };
        long startedAt = System.nanoTime();
        Outcome outcome = Outcome.NOTHING_NEW;
        boolean verified = !lease.verifies();
        try {
            ScoringExchange exchange = scratch.exchange();
            if (!verified) {
                context.verifier().verify(address.url(), exchange, started);
                verified = true;
            }
            exchange.score(address.url(), prompts, rows, started);
            outcome = Outcome.SUCCESS;
            return true;
        } catch (ServerFailure failure) {
            if (call.isDone()) {
                return false;
            }
            outcome = outcome(failure, address, verified, started);
            lastFailed = address;
            last = failure;
            if (outcome == Outcome.FAILURE) {
                context.pool().failed(lease, startedAt, failure);
            } else if (outcome == Outcome.SUCCESS) {
                return true;
            }
        } finally {
            exchanges.forEach(call::exchangeOver);
            giveBack(lease, outcome);
        }
        requireTime();
        if (last.kind() == Kind.BUSY) {
            call.awaitEnd(Math.min(RetryDelay.nanos(failures, last.retryAfter()), timeLeft()));
        } else if (last.kind() == Kind.UNUSABLE) {
            call.awaitEnd(Math.min(RetryDelay.nanos(unusable, Duration.ZERO), timeLeft()));
        }
        return false;
    }

    private enum Outcome {
        SUCCESS,
        FAILURE,
        SUSPECT,
        NOTHING_NEW
    }

    private void giveBack(AddressPool.Lease lease, Outcome outcome) {
        switch (outcome) {
            case SUCCESS -> context.pool().succeeded(lease);
            case SUSPECT -> context.pool().suspected(lease);
            case NOTHING_NEW -> context.pool().released(lease);
            case FAILURE -> {
                // Given back with the failure.
            }
        }
    }

    private Outcome outcome(ServerFailure failure, Address address, boolean verified, Consumer<Runnable> started)
            throws InterruptedException {
        failures++;
        return switch (failure.kind()) {
            case DOWN, ABSENT -> Outcome.FAILURE;
            case BUSY -> Outcome.NOTHING_NEW;
            case UNUSABLE -> {
                if (++unusable == MOST_UNUSABLE) {
                    throw new LogitstreamException(
                            failure.getMessage() + " (after " + unusable + " attempts); " + failure.advice(), failure);
                }
                yield Outcome.SUSPECT;
            }
            case REFUSED -> {
                requireNoLimit(failure, address);
                // Without a verified model, the prompt was not sent.
                yield verified ? refused(failure, address, started) : Outcome.FAILURE;
            }
        };
    }

    private void requireNoLimit(ServerFailure failure, Address address) {
        String explained = context.dialect().explain(failure.words(), context.requirements());
        if (explained != null) {
            throw new UsageException(address.url() + " " + explained);
        }
    }

    // A server that refuses the probe as well, or the prompt only once, does not refuse because of the prompt.
    private Outcome refused(ServerFailure failure, Address address, Consumer<Runnable> started)
            throws InterruptedException {
        ScoringExchange exchange = scratch.exchange();
        try {
            context.verifier().score(address.url(), exchange, started);
        } catch (ServerFailure other) {
            if (other.kind() == Kind.REFUSED) {
                throw new LogitstreamException(
                        failure.getMessage() + ", and so for a short test prompt; " + failure.advice(), failure);
            }
            // The next attempt asks for the model first.
            return Outcome.SUSPECT;
        }
        try {
            exchange.score(address.url(), prompts, rows, started);
            return Outcome.SUCCESS;
        } catch (ServerFailure again) {
            if (again.kind() != Kind.REFUSED) {
                return Outcome.SUSPECT;
            }
        }
        int tokens = 0;
        for (int[] prompt : prompts) {
            tokens = Math.max(tokens, prompt.length);
        }
        throw new RefusedPromptException(
                failure.getMessage() + " (a prompt of " + tokens + " tokens)", failure.words());
    }

    private void requireTime() {
        if (!failing) {
            failing = true;
            failingSince = System.nanoTime();
        }
        if (timeLeft() <= 0) {
            throw givenUp(last != null ? last : context.pool().lastFailure());
        }
    }

    private long timeLeft() {
        return TimeUnit.SECONDS.toNanos(context.retrySeconds()) - (System.nanoTime() - failingSince);
    }

    private LogitstreamException givenUp(ServerFailure failure) {
        String period = context.retrySeconds() == 0
                ? ""
                : " (repeated for " + context.retrySeconds() + " s, teach.server.retrySeconds)";
        return failure == null
                ? new LogitstreamException(context.pool().addresses().get(0).url() + " cannot be used" + period)
                : new LogitstreamException(failure.getMessage() + period + "; " + failure.advice(), failure);
    }
}
