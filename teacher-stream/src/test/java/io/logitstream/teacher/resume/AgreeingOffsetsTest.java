package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.teacher.resume.OffsetAlignment.Snapshot;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Starts of a stream whose group has the right offsets already, as after each commit. */
class AgreeingOffsetsTest extends AlignmentScenario {
    @Test
    void offsetsThatAgreeAreTakenAtOnceWhereNothingIsOpen() {
        brokers.open = List.of(open(3, owner(OWN, 600)));
        looks.add(agreeing(true));

        run();

        assertThat(commands).isEmpty();
        assertThat(seconds()).isZero();
    }

    @Test
    void aDeadInstanceWhoseOffsetsAgreeLosesItsTransaction() {
        brokers.open = List.of(open(3, owner(OWN, 600)));
        looks.add(agreeing(false));
        looks.add(agreeing(true));

        run();

        assertThat(commands).containsExactly("fence " + OWN + " at 0");
        assertThat(seconds()).isEqualTo(1);
    }

    @Test
    void runningInstancesWhoseOffsetsAgreeAreJoinedAtOnce() {
        group.members = true;
        brokers.open = List.of(open(3, owner(OWN, 600)), open(4, null));
        looks.add(agreeing(false));

        run();

        assertThat(commands).isEmpty();
        assertThat(seconds()).isZero();
    }

    @Test
    void aTransactionOfAnotherProducerIsNoFaultWhereOffsetsAgree() {
        brokers.open = List.of(open(3, owner("other", 600)));
        looks.add(agreeing(false));

        String log = logOf(this::run);

        assertThat(log)
                .contains("the stream starts, but readers wait for an open transaction: topic logits partition 2"
                        + " offset 3: the transaction of transactional id other is open (it times out in 600 s)")
                .doesNotContain("stop that producer");
        assertThat(commands).isEmpty();
        assertThat(seconds()).isEqualTo(PATIENCE_S + 1);
    }

    @Test
    void aTransactionWithoutACoordinatorIsAbortedWhereOffsetsAgree() {
        brokers.open = List.of(open(3, null));
        looks.add(agreeing(false));
        looks.add(agreeing(true));
        deadline = null;

        run();

        assertThat(commands).containsExactly("abort 3 at 31");
    }

    @Test
    void anAbortThatTheBrokerRefusesIsNoFaultWhereOffsetsAgree() {
        brokers.refusal = "the broker refuses to abort it: not authorized";
        brokers.open = List.of(open(3, null));
        looks.add(agreeing(false));

        assertThat(logOf(this::run))
                .contains("(producer id 5), and the broker refuses to abort it: not authorized; if");
    }

    private static String logOf(Runnable task) {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            task.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    private static Snapshot agreeing(boolean settled) {
        return look(Map.of(0, 7L), Map.of(0, 7L), Set.of(), Set.of(), settled);
    }
}
