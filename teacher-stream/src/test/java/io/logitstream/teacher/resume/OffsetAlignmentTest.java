package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.teacher.resume.OffsetAlignment.Snapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OffsetAlignmentTest {
    private static final long PATIENCE_S = 30;

    /** A group whose commands are listed. */
    private final class ListedGroup implements OffsetAlignment.Group {
        private boolean members;
        private boolean takes = true;
        private Set<Integer> pending = Set.of();

        @Override
        public boolean hasMembers() {
            return members;
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

    private final AtomicLong clock = new AtomicLong(-3);
    private final List<String> commands = new ArrayList<>();
    private final ListedGroup group = new ListedGroup();
    private final Deque<Snapshot> looks = new ArrayDeque<>();

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

    private void run() {
        new OffsetAlignment(
                        group,
                        last -> {
                            assertThat(last).isEqualTo(seconds() > PATIENCE_S);
                            return looks.size() > 1 ? looks.remove() : looks.peek();
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

    private static Snapshot look(
            Map<Integer, Long> offsets,
            Map<Integer, Long> committed,
            Set<Integer> pending,
            Set<Integer> doubtful,
            boolean settled) {
        return new Snapshot(offsets, committed, pending, doubtful, List.of(), settled, Map.of());
    }
}
