package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.kafka.OpenTransactions.OpenTransaction;
import io.logitstream.schemas.kafka.OpenTransactions.Owner;
import io.logitstream.teacher.resume.OffsetAlignment.Snapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.TopicPartition;

/** An alignment of offsets with a group, brokers and a clock of its own. */
abstract class AlignmentScenario {
    static final long PATIENCE_S = 30;
    static final String OWN = "group-01234567-89ab-cdef-0123-456789abcdef-1";

    /** A group whose commands are listed. */
    final class ListedGroup implements OffsetAlignment.Group {
        boolean members;
        long leaves = Long.MAX_VALUE;
        boolean takes = true;
        Set<Integer> pending = Set.of();

        @Override
        public boolean hasMembers() {
            return members && seconds() < leaves;
        }

        @Override
        public Set<Integer> pending() {
            return pending;
        }

        @Override
        public boolean remove(Collection<Integer> partitions) {
            commands.add("remove " + partitions + " at " + seconds());
            return takes;
        }

        @Override
        public boolean set(Map<Integer, Long> offsets) {
            commands.add("set " + new TreeMap<>(offsets) + " at " + seconds());
            return takes;
        }
    }

    /** Brokers that show open transactions until they are ended, or time out. */
    final class ListedBrokers implements AbandonedTransactions.Brokers {
        List<OpenTransaction> open;
        String refusal;
        String untold;

        @Override
        public List<OpenTransaction> open() {
            return open;
        }

        @Override
        public String untold() {
            return untold;
        }

        @Override
        public String fence(String transactionalId) {
            commands.add("fence " + transactionalId + " at " + seconds());
            return end();
        }

        @Override
        public String abort(OpenTransaction transaction) {
            commands.add("abort " + transaction.offset() + " at " + seconds());
            return end();
        }

        private String end() {
            if (refusal == null) {
                looks.removeIf(look -> !look.settled());
            }
            return refusal;
        }
    }

    private final AtomicLong clock = new AtomicLong(-3);
    final List<String> commands = new ArrayList<>();
    final ListedGroup group = new ListedGroup();
    final ListedBrokers brokers = new ListedBrokers();
    final Deque<Snapshot> looks = new ArrayDeque<>();
    Long deadline = PATIENCE_S;

    void run() {
        new OffsetAlignment(
                        group,
                        new AbandonedTransactions(brokers, group::hasMembers, "group", clock::get),
                        last -> {
                            if (deadline != null) {
                                assertThat(last).isEqualTo(seconds() > deadline);
                            }
                            boolean blocked =
                                    brokers.open != null && !looks.peek().settled();
                            return looks.size() > 1 && !blocked ? looks.remove() : looks.peek();
                        },
                        () -> commands.add("others at " + seconds()),
                        "logits",
                        clock::get,
                        () -> clock.addAndGet(TimeUnit.SECONDS.toNanos(1)))
                .run(TimeUnit.SECONDS.toNanos(PATIENCE_S));
    }

    long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(clock.get() + 3);
    }

    static OpenTransaction open(long offset, Owner owner) {
        return new OpenTransaction(
                new TopicPartition("logits", 2),
                new ProducerState(5, 0, 0, 0, OptionalInt.of(0), OptionalLong.of(offset)),
                owner);
    }

    static Owner owner(String transactionalId, long remainingSeconds) {
        return new Owner(transactionalId, false, TimeUnit.SECONDS.toMillis(remainingSeconds));
    }

    static Snapshot unsettled() {
        return look(Map.of(), Map.of(), Set.of(), Set.of(), false);
    }

    static Snapshot look(
            Map<Integer, Long> offsets,
            Map<Integer, Long> committed,
            Set<Integer> pending,
            Set<Integer> doubtful,
            boolean settled) {
        return new Snapshot(offsets, committed, pending, doubtful, List.of(), settled, Map.of());
    }
}
