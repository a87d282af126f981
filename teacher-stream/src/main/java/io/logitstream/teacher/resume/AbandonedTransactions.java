package io.logitstream.teacher.resume;

import io.logitstream.schemas.kafka.OpenTransactions.OpenTransaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the transactions that dead producers have left open in the logits topic, and tells how long to wait for the
 * others. Not thread-safe.
 *
 * <p>Instances of the stream have transactional ids of their own, so a restart does not fence its predecessor as other
 * producers do. A transaction is ended in two cases:
 *
 * <ul>
 *   <li>Its transactional id is one of the stream, and the group had no members after the transaction was seen. So its
 *       instance is dead or was expelled from the group. An expelled instance that returns to the group in this moment
 *       loses its transaction and repeats it.
 *   <li>It certainly has no coordinator: all coordinators have answered, this user may see every transactional id, and
 *       several seconds lie between two looks at the same transaction. Nobody can commit it then. As a further
 *       precaution it is ended only at the end of the patience, when the time-outs of dead instances have passed.
 *       Timestamps tell nothing here: logits records have those of the tokens records.
 * </ul>
 */
final class AbandonedTransactions {
    /** Requests to the brokers. */
    interface Brokers {
        /** The open transactions of the logits topic; null if the brokers do not tell. */
        List<OpenTransaction> open();

        /** Reason why the last look told nothing, for a message; null if there is none. */
        String untold();

        /**
         * Ends the transaction of a transactional id.
         *
         * @return reason why it may still be open, for a message; null if it has ended
         */
        String fence(String transactionalId);

        /**
         * Aborts a transaction if it certainly has no coordinator.
         *
         * @return reason why it stays open, for a message; null if it was aborted
         */
        String abort(OpenTransaction transaction);
    }

    /** A transaction and the first look at it, or the first one since its owner was shown or hidden. */
    private record Sighting(OpenTransaction transaction, long since) {}

    /**
     * What keeps a transaction open, for messages.
     *
     * @param state the transaction and its state
     * @param remedy what to do if the stream cannot start, after the state; may be empty
     */
    private record Problem(String state, String remedy) {}

    private static final Logger LOG = LoggerFactory.getLogger(AbandonedTransactions.class);
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Maximum time from the end of a transaction until the end offset for readers shows it. */
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Minimum time between the first observation of a transaction without a coordinator and its end. */
    private static final long CERTAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Brokers look for transactions that have timed out each 10 s by default. */
    private static final long SCAN_NANOS = TimeUnit.SECONDS.toNanos(15);
    /** Maximum remaining time of another producer's transaction for which the start waits. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(3);
    /** Wait after which the user is told what for. */
    private static final long NOTICE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Brokers brokers;
    private final BooleanSupplier hasMembers;
    private final Pattern ownId;
    private final LongSupplier clock;
    private final List<OpenTransaction> ended = new ArrayList<>();
    private final Set<String> noticed = new HashSet<>();
    private List<Sighting> seen = List.of();
    private Long lastLook;
    private boolean waitsForOthers;
    private boolean looksAgain;
    private Problem problem;

    /**
     * @param hasMembers whether the stream's group has members
     * @param group consumer group of the stream
     * @param clock time in nanoseconds
     */
    AbandonedTransactions(Brokers brokers, BooleanSupplier hasMembers, String group, LongSupplier clock) {
        this.brokers = brokers;
        this.hasMembers = hasMembers;
        // The form of Kafka Streams. A prefix alone would match the ids of other streams and of other commands.
        this.ownId = Pattern.compile(Pattern.quote(group) + "-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\\d+");
        this.clock = clock;
    }

    /**
     * Looks at the open transactions, and ends the abandoned ones.
     *
     * @param late whether the patience is over
     * @return nanoseconds from now within which an open transaction is expected to end; 0 if that is not known
     */
    long end(boolean late) {
        long now = clock.getAsLong();
        if (!late && lastLook != null && now - lastLook < INTERVAL_NANOS) {
            return 0;
        }
        lastLook = now;
        problem = null;
        List<OpenTransaction> open = brokers.open();
        // After the look: a transaction of an instance that joins later is not among those seen.
        if (open == null || hasMembers.getAsBoolean()) {
            seen = List.of();
            return 0;
        }
        seen = open.stream().map(each -> sighting(each, now)).toList();
        long wait = 0;
        boolean others = false;
        for (Sighting each : seen) {
            OpenTransaction transaction = each.transaction;
            if (ended.stream().anyMatch(transaction::isSame)) {
                noteEnding(transaction);
            } else if (transaction.owner() == null) {
                wait = Math.max(wait, endHanging(transaction, now - each.since, late));
            } else if (ownId.matcher(transaction.owner().transactionalId()).matches()) {
                wait = Math.max(wait, fence(transaction, open));
            } else {
                wait = Math.max(wait, awaitOther(transaction, now - each.since));
                others = true;
            }
        }
        waitsForOthers |= others;
        return wait;
    }

    /** What keeps a transaction open, where, and what to do; null if the brokers do not tell. */
    String problem() {
        return problem == null ? null : problem.state + problem.remedy;
    }

    /** What keeps a transaction open, and where; null if the brokers do not tell. */
    String state() {
        return problem == null ? null : problem.state;
    }

    /** Reason why the brokers did not tell; null if there is none. */
    String untold() {
        return brokers.untold();
    }

    private Sighting sighting(OpenTransaction transaction, long now) {
        return seen.stream()
                .filter(before -> transaction.isSame(before.transaction)
                        && (transaction.owner() == null) == (before.transaction.owner() == null))
                .map(before -> new Sighting(transaction, before.since))
                .findFirst()
                .orElse(new Sighting(transaction, now));
    }

    private long fence(OpenTransaction transaction, List<OpenTransaction> open) {
        if (transaction.owner().ending()) {
            noteEnding(transaction);
            return 0;
        }
        String id = transaction.owner().transactionalId();
        String refusal = brokers.fence(id);
        if (refusal != null) {
            problem = new Problem(
                    openOf(transaction) + ", and " + refusal, "; start again when the transaction has timed out");
            return 0;
        }
        open.stream()
                .filter(each -> each.owner() != null && id.equals(each.owner().transactionalId()))
                .forEach(ended::add);
        LOG.info("{}: ended the transaction that a dead instance of the stream had left open", transaction.place());
        return SETTLE_NANOS;
    }

    private long awaitOther(OpenTransaction transaction, long age) {
        problem = new Problem(openOf(transaction), "; stop that producer and start again");
        if (age > NOTICE_NANOS && noticed.add(transaction.owner().transactionalId())) {
            LOG.warn("{}; waiting for its end", openOf(transaction));
        }
        long remaining = TimeUnit.MILLISECONDS.toNanos(transaction.owner().remainingMs());
        // A transaction that begins after the first look belongs to a producer at work.
        return waitsForOthers || remaining > LONGEST_NANOS ? 0 : remaining + SCAN_NANOS;
    }

    private long endHanging(OpenTransaction transaction, long age, boolean late) {
        String unknown = transaction.place() + ": no coordinator shows the owner of an open transaction (producer id "
                + transaction.producer().producerId() + ")";
        String command = "; if its producer is gone, an administrator can abort it with " + transaction.abortCommand();
        problem = new Problem(unknown + command, "");
        if (!late) {
            return 0;
        }
        if (age < CERTAIN_NANOS) {
            // Once: the transactions of a producer at work are always new.
            boolean again = !looksAgain;
            looksAgain = true;
            return again ? CERTAIN_NANOS - age : 0;
        }
        String refusal = brokers.abort(transaction);
        if (refusal != null) {
            problem = new Problem(unknown + ", and " + refusal + command, "");
            return 0;
        }
        ended.add(transaction);
        LOG.warn("{}: aborted a transaction that no coordinator knew", transaction.place());
        return SETTLE_NANOS;
    }

    // Any other problem is more likely to stay.
    private void noteEnding(OpenTransaction transaction) {
        if (problem == null) {
            problem = new Problem(
                    transaction.place() + ": the end of a transaction is not yet written to all partitions",
                    "; check that every partition has a leader, and start again");
        }
    }

    private static String openOf(OpenTransaction transaction) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(transaction.owner().remainingMs());
        return transaction.place() + ": the transaction of transactional id "
                + transaction.owner().transactionalId() + " is open"
                + (seconds > 0 ? " (it times out in " + seconds + " s)" : "");
    }
}
