package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OffsetAlignmentTest extends AlignmentScenario {
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
                .hasMessage(
                        "topic logits has an open transaction whose owner the brokers do not tell; it may be that of"
                                + " a killed instance: start again in 30 s, or stop the producer that writes there");
        assertThat(commands).isEmpty();
    }

    @Test
    void brokersThatDoNotTellSayWhy() {
        brokers.untold = "the broker refuses the request: not authorized";
        looks.add(unsettled());

        assertThatThrownBy(this::run)
                .hasMessageContaining("do not tell (the broker refuses the request: not authorized); it may be");
    }

    @Test
    void theTransactionOfADeadInstanceIsEndedAtOnce() {
        brokers.open = List.of(open(3, owner(OWN, 600)), open(4, owner(OWN, 600)));
        looks.add(unsettled());
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("fence " + OWN + " at 0", "set {0=7} at 1");
    }

    @Test
    void aTransactionIsNotEndedWhileTheGroupHasMembers() {
        group.members = true;
        brokers.open = List.of(open(3, owner(OWN, 600)), open(4, null));
        looks.add(unsettled());

        run();

        assertThat(commands).containsExactly("others at 31");
    }

    @Test
    void aMemberThatDiesLeavesItsTransactionUntilItsSessionEnds() {
        group.members = true;
        group.leaves = 10;
        brokers.open = List.of(open(3, owner(OWN, 600)));
        looks.add(unsettled());
        looks.add(look(Map.of(0, 7L), Map.of(), Set.of(), Set.of(), true));

        run();

        assertThat(commands).containsExactly("fence " + OWN + " at 10", "set {0=7} at 11");
    }

    @Test
    void anEndThatTheBrokerRefusesIsNamed() {
        brokers.refusal = "the broker refuses to end it: not authorized";
        brokers.open = List.of(open(3, owner(OWN, 600)));
        looks.add(unsettled());

        assertThatThrownBy(this::run)
                .hasMessage(
                        "topic logits partition 2 offset 3: the transaction of transactional id " + OWN + " is open (it"
                                + " times out in 600 s), and the broker refuses to end it: not authorized; start again when the"
                                + " transaction has timed out");
    }

    @Test
    void aTransactionOfAnotherProducerIsNamedAndLeft() {
        brokers.open = List.of(open(3, owner("other", 600)));
        looks.add(unsettled());

        assertThatThrownBy(this::run)
                .isInstanceOf(LogitstreamException.class)
                .hasMessage("topic logits partition 2 offset 3: the transaction of transactional id other is open (it"
                        + " times out in 600 s); stop that producer and start again");
        assertThat(commands).isEmpty();
        assertThat(seconds()).isEqualTo(PATIENCE_S + 1);
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
}
