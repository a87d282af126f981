package io.logitstream.teacher.served.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of a server. A request goes to the one with the fewest requests. One that fails is left out for a
 * growing time; then a single request tries it, which verifies the model first. Thread-safe.
 */
final class AddressPool {
    /**
     * An address that was taken for one request.
     *
     * @param generation of the address when it was taken
     * @param verifies whether this request verifies the model, so that no other may use the address
     */
    record Lease(Address address, int generation, boolean verifies) {}

    private static final Logger LOG = LoggerFactory.getLogger(AddressPool.class);
    /** A waiting request looks this often whether it was cancelled. */
    private static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long SHORTEST_WAIT = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<Address> addresses;
    private final long idleNanos;
    private int turn;
    private ServerFailure lastFailure;

    /**
     * @param urls addresses without a path
     * @param idle time without a request after which the model is verified again: a server may have been restarted
     */
    AddressPool(List<String> urls, Duration idle) {
        idleNanos = idle.toNanos();
        addresses = urls.stream().map(Address::new).toList();
    }

    List<Address> addresses() {
        return addresses;
    }

    /**
     * Takes an address for a request, waiting for a short time if none can be used. The caller gives it back by {@link
     * #succeeded}, {@link #failed}, {@link #suspected} or {@link #released}.
     *
     * @param avoid address that is taken only if there is no other; null for none
     * @return the address with what was known of it; null if none can be used yet
     */
    synchronized Lease take(Address avoid) throws InterruptedException {
        Address best = best(avoid);
        long until = System.nanoTime() + waitNanos();
        long left = until - System.nanoTime();
        while (best == null && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            best = best(avoid);
            left = until - System.nanoTime();
        }
        if (best == null) {
            return null;
        }
        if (best.inFlight == 0 && System.nanoTime() - best.usedAt > idleNanos) {
            best.verified = false;
        }
        best.inFlight++;
        best.verifying = !best.verified;
        return new Lease(best, best.generation, best.verifying);
    }

    private Address best(Address avoid) {
        long now = System.nanoTime();
        turn++;
        Address best = null;
        for (int i = 0; i < addresses.size(); i++) {
            Address candidate = addresses.get(Math.floorMod(turn + i, addresses.size()));
            boolean usable = !candidate.verifying && (candidate.failures == 0 || candidate.availableAt - now <= 0);
            if (usable && (best == null || best == avoid || candidate != avoid && candidate.inFlight < best.inFlight)) {
                best = candidate;
            }
        }
        return best;
    }

    private long waitNanos() {
        long now = System.nanoTime();
        long wait = LONGEST_WAIT;
        for (Address address : addresses) {
            if (!address.verifying) {
                wait = Math.min(wait, address.availableAt - now);
            }
        }
        return Math.max(SHORTEST_WAIT, wait);
    }

    /**
     * Gives an address back whose model was verified and whose answer was used. The answer to a request that began
     * before the last failure says nothing about the address after it.
     */
    synchronized void succeeded(Lease lease) {
        Address address = lease.address();
        if (lease.generation() == address.generation) {
            if (address.failures > 0) {
                LOG.warn("{} answers again", address.url());
            }
            address.failures = 0;
            address.verified = true;
        }
        release(lease);
    }

    /**
     * Gives an address back that failed, and leaves it out for a time.
     *
     * @param startedAt when the request began. A failure of a request that began before the last failure is not counted,
     *     because many requests fail together
     */
    synchronized void failed(Lease lease, long startedAt, ServerFailure failure) {
        fail(lease.address(), startedAt, failure);
        release(lease);
    }

    private void fail(Address address, long startedAt, ServerFailure failure) {
        if (address.failures == 0 || startedAt - address.failedAt > 0) {
            address.failures++;
            address.failedAt = System.nanoTime();
            long delay = RetryDelay.nanos(address.failures, failure.retryAfter());
            address.availableAt = address.failedAt + delay;
            if (address.failures == 1) {
                LOG.warn("{}; the address is left out and tried again", failure.getMessage());
            }
        }
        doubt(address);
        lastFailure = failure;
    }

    private static void doubt(Address address) {
        address.generation++;
        address.verified = false;
    }

    /** Whether each address failed the last time. */
    synchronized boolean allFailed() {
        return addresses.stream().allMatch(address -> address.failures > 0);
    }

    /** The last failure of any address; null if there was none. */
    synchronized ServerFailure lastFailure() {
        return lastFailure;
    }

    /** Gives an address back whose model must be verified before it is used again. */
    synchronized void suspected(Lease lease) {
        doubt(lease.address());
        release(lease);
    }

    /** Gives an address back of which nothing new is known. */
    synchronized void released(Lease lease) {
        release(lease);
    }

    /** Notes that the model was seen at an address. */
    synchronized void verified(Address address) {
        address.verified = true;
        address.usedAt = System.nanoTime();
    }

    /** Leaves an address out from the start. */
    synchronized void leaveOut(Address address, ServerFailure failure) {
        fail(address, System.nanoTime(), failure);
    }

    private void release(Lease lease) {
        Address address = lease.address();
        address.inFlight--;
        address.usedAt = System.nanoTime();
        if (lease.verifies()) {
            address.verifying = false;
        }
        notifyAll();
    }
}
