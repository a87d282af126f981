package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
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
import org.junit.jupiter.api.Test;

class OffsetAlignmentTest {
    private static final long PATIENCE_S = 30;

    /** A group whose commands are listed. */
    private final class ListedGroup implements OffsetAlignment.Group {
        private boolean members;
        private long leaves = Long.MAX_VALUE;
        private boolean takes = true;
        private Set<Integer> pending = Set.of();

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
    private final class ListedBrokers implements AbandonedTransactions.Brokers {
        private List<OpenTransaction> open;
        private String refusal;

        @Override
        public List<OpenTransaction> open() {
            return open;
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
    private final List<String> commands = new ArrayList<>();
    private final ListedGroup group = new ListedGroup();
    private final ListedBrokers brokers = new ListedBrokers();
    private final Deque<Snapshot> looks = new ArrayDeque<>();
    private Long deadline = PATIENCE_S;

    @Test
    void aFirstStartRemovesNothing() {
        looks.add(look(Map.of(0, 0L), Map.of(), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("set {0=0} at 0");
    }

    @Test
    void anOffsetThatStaysPendingIsRemovedAfterAWhile() {
        group.pending = Set.of(0);
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(0), Set.of(), true));

        run();

        assertThat(commands).containsExactly("remove [0] at 5", "set {0=7} at 5");
    }

    @Test
    void theTimeOfAPendingOffsetBeginsWhenNoTransactionIsOpen() {
        group.pending = Set.of(0);
        for (int i = 0; i < 10; i++) {
            looks.add(look(Map.of(0, 7L), Map.of(), Set.of(0), Set.of(), false));
        }
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(0), Set.of(), true));

        run();

        assertThat(commands).containsExactly("remove [0] at 14", "set {0=7} at 14");
    }

    @Test
    void anOffsetThatAloneTellsThePositionIsRemovedAtTheDeadline() {
        group.pending = Set.of(0);
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(0), Set.of(0), true));

        run();

        assertThat(commands).containsExactly("remove [0] at 31", "set {0=7} at 31");
    }

    @Test
    void anOffsetThatAnotherInstanceHasSetIsNotRemoved() {
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(0), Set.of(), true));

        run();

        assertThat(commands).containsExactly("set {0=7} at 5");
    }

    @Test
    void aTransactionThatEndsIsNotAnotherInstance() {
        group.pending = Set.of(0);
        looks.add(look(Map.of(0, 7L, 1, 9L), Map.of(1, 8L), Set.of(0), Set.of(), true));
        looks.add(look(Map.of(0, 7L, 1, 9L), Map.of(0, 7L, 1, 8L), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("set {0=7, 1=9} at 1");
    }

    @Test
    void anInstanceThatRunsKeepsItsOffsets() {
        group.members = true;
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));
        looks.add(look(Map.of(0, 8L), Map.of(0, 7L), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("others at 1");
    }

    @Test
    void aGroupThatGetsAMemberMeanwhileIsTriedAgain() {
        group.takes = false;
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));
        looks.add(look(Map.of(0, 7L), Map.of(0, 7L), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("set {0=7} at 0");
    }

    @Test
    void anOpenTransactionOfAnotherProducerEndsTheStart() {
        looks.add(look(Map.of(), Map.of(), Set.of(), Set.of(), false));

        assertThatThrownBy(this::run)
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("topic logits has an open transaction");
        assertThat(commands).isEmpty();
    }

    @Test
    void theTransactionOfADeadInstanceIsEndedAtOnce() {
        brokers.open = List.of(open(3, owner("group-uuid-1", 600)), open(4, owner("group-uuid-1", 600)));
        looks.add(unsettled());
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("fence group-uuid-1 at 0", "set {0=7} at 1");
    }

    @Test
    void aTransactionIsNotEndedWhileTheGroupHasMembers() {
        group.members = true;
        brokers.open = List.of(open(3, owner("group-uuid-1", 600)), open(4, null));
        looks.add(unsettled());

        run();

        assertThat(commands).containsExactly("others at 31");
    }

    @Test
    void aMemberThatDiesLeavesItsTransactionUntilItsSessionEnds() {
        group.members = true;
        group.leaves = 10;
        brokers.open = List.of(open(3, owner("group-uuid-1", 600)));
        looks.add(unsettled());
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("fence group-uuid-1 at 10", "set {0=7} at 11");
    }

    @Test
    void anEndThatTheBrokerRefusesIsNamed() {
        brokers.refusal = "the broker refuses to end it: not authorized";
        brokers.open = List.of(open(3, owner("group-uuid-1", 600)));
        looks.add(unsettled());

        assertThatThrownBy(this::run)
                .hasMessage(
                        "topic logits partition 2 offset 3: the transaction of transactional id group-uuid-1 is open,"
                                + " and the broker refuses to end it: not authorized; start again when the transaction has timed"
                                + " out (it times out in 600 s)");
    }

    @Test
    void aTransactionOfAnotherProducerIsNamedAndLeft() {
        brokers.open = List.of(open(3, owner("other", 600)));
        looks.add(unsettled());

        assertThatThrownBy(this::run)
                .isInstanceOf(LogitstreamException.class)
                .hasMessage("topic logits partition 2 offset 3: the transaction of transactional id other is open; stop"
                        + " that producer and start again (it times out in 600 s)");
        assertThat(commands).isEmpty();
        assertThat(seconds()).isEqualTo(PATIENCE_S + 1);
    }

    @Test
    void aTransactionOfAnotherProducerIsAwaitedUntilItHasTimedOut() {
        brokers.open = List.of(open(3, owner("other", 60)));
        looks.add(unsettled());
        deadline = 75L;

        assertThatThrownBy(this::run).hasMessageContaining("transactional id other");

        assertThat(seconds()).isEqualTo(76);
    }

    @Test
    void aTransactionWithoutACoordinatorIsAbortedAfterThePatience() {
        brokers.open = List.of(open(3, null));
        looks.add(unsettled());
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));
        deadline = null;

        run();

        assertThat(commands).containsExactly("abort 3 at 31", "set {0=7} at 32");
    }

    @Test
    void aTransactionWithoutACoordinatorThatIsNewIsSeenTwice() {
        brokers.open = List.of(open(3, null));
        looks.add(unsettled());
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));
        deadline = null;
        group.members = true;
        group.leaves = 29;

        run();

        assertThat(commands).containsExactly("abort 3 at 35", "set {0=7} at 36");
    }

    @Test
    void anAbortThatTheBrokerRefusesNamesTheCommand() {
        brokers.refusal = "the broker refuses to abort it: not authorized";
        brokers.open = List.of(open(3, null));
        looks.add(unsettled());

        assertThatThrownBy(this::run)
                .hasMessage("topic logits partition 2 offset 3: no coordinator shows the owner of an open transaction"
                        + " (producer id 5), and the broker refuses to abort it: not authorized; if its producer is gone,"
                        + " an administrator can abort it with kafka-transactions.sh abort --topic logits --partition 2"
                        + " --start-offset 3");
    }

    private void run() {
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

    private long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(clock.get() + 3);
    }

    private static OpenTransaction open(long offset, Owner owner) {
        return new OpenTransaction(
                new TopicPartition("logits", 2),
                new ProducerState(5, 0, 0, 0, OptionalInt.of(0), OptionalLong.of(offset)),
                owner);
    }

    private static Owner owner(String transactionalId, long remainingSeconds) {
        return new Owner(transactionalId, false, TimeUnit.SECONDS.toMillis(remainingSeconds));
    }

    private static Snapshot unsettled() {
        return look(Map.of(), Map.of(), Set.of(), Set.of(), false);
    }

    private static Snapshot look(
            Map<Integer, Long> offsets,
            Map<Integer, Long> committed,
            Set<Integer> pending,
            Set<Integer> doubtful,
            boolean settled) {
        return new Snapshot(offsets, committed, pending, doubtful, List.of(), settled, Map.of());
    }
}
