package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the offsets of a stream's group to those that follow from its topics, as soon as they are certain and the group
 * has no members.
 */
final class OffsetAlignment {
    /** The stream's consumer group. */
    interface Group {
        /** Whether the group has members. A dead member counts until its session time-out. */
        boolean hasMembers();

        /** Partitions of the tokens topic with an offset of a transaction that has not ended. */
        Set<Integer> pending();

        /**
         * Removes the group's offsets of partitions, the pending ones of transactions included.
         *
         * @return false if the group has members by now
         */
        boolean remove(Collection<Integer> partitions);

        /**
         * Sets the group's offsets.
         *
         * @return false if the group has members by now, because another instance was faster
         */
        boolean set(Map<Integer, Long> offsets);
    }

    /** A view of the topics and the group at one moment. */
    interface View {
        /**
         * Looks at topics and group.
         *
         * @param last whether no later look can find more; what is still uncertain is then a fault
         */
        Snapshot look(boolean last);
    }

    /**
     * State of the topics and the group at one moment, and the offsets that follow from it.
     *
     * @param offsets offsets at which the stream continues; empty if they cannot be told yet
     * @param committed offsets of the group, without pending ones
     * @param pending partitions with a pending offset
     * @param doubtful those of them where nothing but the group's offset tells where the stream has been
     * @param notes warnings for the user
     * @param settled whether no transaction is open in the logits topic
     * @param lasts last logits records
     */
    record Snapshot(
            Map<Integer, Long> offsets,
            Map<Integer, Long> committed,
            Set<Integer> pending,
            Set<Integer> doubtful,
            List<String> notes,
            boolean settled,
            Map<Integer, LastLogitsRecord> lasts) {
        private boolean agrees() {
            return !offsets.isEmpty() && offsets.equals(committed);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(OffsetAlignment.class);
    /** The offset of a transaction that has ended is pending for a moment, until its marker is written. */
    private static final long PENDING_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Group group;
    private final AbandonedTransactions transactions;
    private final View view;
    private final Runnable othersRun;
    private final String logitsTopic;
    private final LongSupplier clock;
    private final Runnable pause;

    /**
     * @param transactions open transactions of the logits topic
     * @param othersRun called when other instances of the stream have set the offsets at their start
     * @param clock time in nanoseconds
     * @param pause waits before the next look
     */
    OffsetAlignment(
            Group group,
            AbandonedTransactions transactions,
            View view,
            Runnable othersRun,
            String logitsTopic,
            LongSupplier clock,
            Runnable pause) {
        this.group = group;
        this.transactions = transactions;
        this.view = view;
        this.othersRun = othersRun;
        this.logitsTopic = logitsTopic;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Aligns the offsets. Offsets that agree already are left as they are, and an open transaction is then no fault.
     *
     * @param patienceNanos time after which a dead instance has left the group and its transaction was aborted; longer
     *     if an open transaction is known to end later
     */
    Snapshot run(long patienceNanos) {
        long start = clock.getAsLong();
        long patience = patienceNanos;
        long pendingSince = start;
        Map<Integer, Long> before = null;
        while (true) {
            boolean late = clock.getAsLong() - start > patience;
            Snapshot snapshot = view.look(late);
            boolean agrees = snapshot.agrees();
            if (agrees && snapshot.settled) {
                return noted(snapshot);
            }
            boolean members = group.hasMembers();
            // A running instance ends its transactions itself.
            if (agrees && members) {
                return noted(snapshot);
            }
            if (members && before != null && !before.equals(snapshot.committed)) {
                othersRun.run();
                return snapshot;
            }
            before = snapshot.committed;
            if (members || !snapshot.settled || snapshot.pending.isEmpty()) {
                pendingSince = clock.getAsLong();
            }
            boolean stays = late || snapshot.doubtful.isEmpty() && clock.getAsLong() - pendingSince >= PENDING_NANOS;
            if (!members
                    && snapshot.settled
                    && (snapshot.pending.isEmpty() || stays && removePending(snapshot))
                    && group.set(snapshot.offsets)) {
                return noted(snapshot);
            }
            if (!snapshot.settled) {
                long wait = transactions.end(late);
                patience = wait == 0 ? patience : Math.max(patience, clock.getAsLong() - start + wait);
            }
            if (late && clock.getAsLong() - start > patience) {
                if (agrees) {
                    LOG.warn("the stream starts, but readers wait for an open transaction: {}", openState());
                    return noted(snapshot);
                }
                if (group.hasMembers()) {
                    othersRun.run();
                    return snapshot;
                }
                throw openTransaction(patienceNanos);
            }
            pause.run();
        }
    }

    // An instance that was started at the same time may have removed them meanwhile, and set its own.
    private boolean removePending(Snapshot snapshot) {
        Set<Integer> still = new HashSet<>(group.pending());
        still.retainAll(snapshot.pending);
        return still.isEmpty() || group.remove(still);
    }

    private LogitstreamException openTransaction(long patienceNanos) {
        String known = transactions.problem();
        return new LogitstreamException(
                known != null
                        ? known
                        : openState() + "; it may be that of a killed instance: start again in "
                                + TimeUnit.NANOSECONDS.toSeconds(patienceNanos)
                                + " s, or stop the producer that writes there");
    }

    private String openState() {
        String known = transactions.state();
        if (known != null) {
            return known;
        }
        String reason = transactions.untold();
        return "topic " + logitsTopic + " has an open transaction whose owner the brokers do not tell"
                + (reason == null ? "" : " (" + reason + ")");
    }

    private static Snapshot noted(Snapshot snapshot) {
        snapshot.notes.forEach(LOG::warn);
        return snapshot;
    }
}
