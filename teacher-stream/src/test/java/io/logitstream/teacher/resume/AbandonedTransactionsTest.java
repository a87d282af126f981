package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.kafka.OpenTransactions.OpenTransaction;
import io.logitstream.schemas.kafka.OpenTransactions.Owner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AbandonedTransactionsTest {
    private static final String INSTANCE = "01234567-89ab-cdef-0123-456789abcdef";
    private static final String OWN = "group-" + INSTANCE + "-1";
    private static final String ENDING =
            "topic logits partition 2 offset 3: the end of a transaction is not yet written to"
                    + " all partitions; check that every partition has a leader, and start again";

    private final AtomicLong clock = new AtomicLong(-3);
    private final List<String> commands = new ArrayList<>();
    private final AbandonedTransactions.Brokers brokers = new AbandonedTransactions.Brokers() {
        @Override
        public List<OpenTransaction> open() {
            return open;
        }

        @Override
        public String untold() {
            return null;
        }

        @Override
        public String fence(String transactionalId) {
            commands.add("fence " + transactionalId);
            return refusal;
        }

        @Override
        public String abort(OpenTransaction transaction) {
            commands.add("abort " + transaction.offset());
            return refusal;
        }
    };
    private final AbandonedTransactions transactions = transactions("group");
    private List<OpenTransaction> open = List.of();
    private String refusal;

    @Test
    void onlyIdsInTheFormOfKafkaStreamsBelongToTheStream() {
        List.of(
                        "group-restore-logits",
                        "group-produce-logits-0",
                        "group-2-" + INSTANCE + "-1",
                        "group-" + INSTANCE,
                        "group-" + INSTANCE + "-1-2",
                        "my-group-" + INSTANCE + "-1")
                .forEach(id -> {
                    show(owner(id, 600));
                    end(0, true);
                    assertThat(transactions.problem()).contains("transactional id " + id + " is open");
                });
        assertThat(commands).isEmpty();

        show(owner("group-" + INSTANCE + "-12", 600));
        end(0, true);

        assertThat(commands).containsExactly("fence group-" + INSTANCE + "-12");
    }

    @Test
    void theNameOfTheGroupIsNoPattern() {
        show(owner("groups-" + INSTANCE + "-1", 600));

        transactions("group.").end(true);

        assertThat(commands).isEmpty();
    }

    @Test
    void theTimeWithoutAnOwnerBeginsAtTheFirstLookThatShowsNone() {
        show(owner("other", 600));
        end(0, false);
        show(null);

        assertThat(end(20, true)).isEqualTo(5);
        assertThat(commands).isEmpty();

        end(25, true);

        assertThat(commands).containsExactly("abort 3");
    }

    @Test
    void anOwnerThatAppearsMeanwhileStartsTheTimeAgain() {
        show(null);
        end(0, false);
        show(owner("other", 600));
        end(3, false);
        show(null);
        end(6, true);
        end(10, true);

        assertThat(commands).isEmpty();
    }

    @Test
    void aTransactionThatEndsIsLeftToItsCoordinator() {
        show(new Owner(OWN, true, 0));
        end(0, true);

        assertThat(commands).isEmpty();
        assertThat(transactions.problem()).isEqualTo(ENDING);
    }

    @Test
    void aTransactionThatWasEndedAndStaysIsNamed() {
        show(owner(OWN, 600));
        assertThat(end(0, false)).isEqualTo(10);
        end(30, true);

        assertThat(commands).containsExactly("fence " + OWN);
        assertThat(transactions.problem()).isEqualTo(ENDING);
    }

    @Test
    void aTransactionOfAnotherProducerIsAwaitedForThreeMinutesAtMost() {
        show(owner("other", 181));
        assertThat(transactions("group").end(false)).isZero();
        show(owner("other", 180));
        assertThat(end(0, false)).isEqualTo(195);
    }

    @Test
    void anAbortThatTheBrokerRefusesNamesTheCommand() {
        refusal = "the broker refuses to abort it: not authorized";
        show(null);
        end(0, false);
        end(5, true);

        assertThat(transactions.problem())
                .isEqualTo("topic logits partition 2 offset 3: no coordinator shows the owner of an open transaction"
                        + " (producer id 5), and the broker refuses to abort it: not authorized; if its producer is gone,"
                        + " an administrator can abort it with kafka-transactions.sh abort --topic logits --partition 2"
                        + " --start-offset 3");
    }

    @Test
    void brokersThatDoNotTellGiveNoProblem() {
        open = null;

        assertThat(end(0, true)).isZero();
        assertThat(transactions.problem()).isNull();
        assertThat(transactions.state()).isNull();
    }

    private AbandonedTransactions transactions(String group) {
        return new AbandonedTransactions(brokers, () -> false, group, clock::get);
    }

    /** The brokers show one open transaction. */
    private void show(Owner owner) {
        open = List.of(AlignmentScenario.open(3, owner));
    }

    private static Owner owner(String transactionalId, long remainingSeconds) {
        return AlignmentScenario.owner(transactionalId, remainingSeconds);
    }

    /** Ends transactions at a second of the clock, and returns the seconds to wait. */
    private long end(long second, boolean late) {
        clock.set(TimeUnit.SECONDS.toNanos(second) - 3);
        return TimeUnit.NANOSECONDS.toSeconds(transactions.end(late));
    }
}
