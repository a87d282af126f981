package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.kafka.OpenTransactions.OpenTransaction;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionResult;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.DescribeTransactionsResult;
import org.apache.kafka.clients.admin.ListTransactionsResult;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.admin.internals.CoordinatorKey;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;

/** Requests to brokers whose answers change between two looks. */
class LogitsTransactionsTest {
    private static final TopicPartition PARTITION = new TopicPartition("logits", 0);
    private static final String CHANGED = "it has ended meanwhile, or a coordinator shows its owner now";

    private final List<String> aborts = new ArrayList<>();
    private final LogitsTransactions transactions = new LogitsTransactions(
            (Admin) Proxy.newProxyInstance(
                    Admin.class.getClassLoader(),
                    new Class<?>[] {Admin.class},
                    (proxy, method, arguments) -> answer(method.getName(), arguments)),
            new TopicIdentity("logits", null, 1));
    private List<ProducerState> producers = List.of(producer(3));
    private String owner;
    private RuntimeException refusal;

    @Test
    void aTransactionThatStaysWithoutAnOwnerIsAborted() {
        OpenTransaction seen = transactions.open().get(0);

        assertThat(seen.owner()).isNull();
        assertThat(transactions.abort(seen)).isNull();
        assertThat(aborts).hasSize(1);
    }

    @Test
    void aTransactionWhoseOwnerAppearsIsNotAborted() {
        OpenTransaction seen = transactions.open().get(0);
        owner = "group-of-somebody";

        assertThat(transactions.abort(seen)).isEqualTo(CHANGED);
        assertThat(aborts).isEmpty();
    }

    @Test
    void aTransactionThatIsAnotherByNowIsNotAborted() {
        OpenTransaction seen = transactions.open().get(0);
        producers = List.of(producer(4));

        assertThat(transactions.abort(seen)).isEqualTo(CHANGED);
        producers = List.of();
        assertThat(transactions.abort(seen)).isEqualTo(CHANGED);
        assertThat(aborts).isEmpty();
    }

    @Test
    void aLookThatTheBrokerRefusesHasAReason() {
        refusal = new TopicAuthorizationException("not authorized");
        assertThat(transactions.open()).isNull();
        assertThat(transactions.untold()).isEqualTo("the broker refuses the request: not authorized");

        refusal = null;
        assertThat(transactions.open()).hasSize(1);
        assertThat(transactions.untold()).isNull();
    }

    private Object answer(String request, Object[] arguments) throws Exception {
        return switch (request) {
            case "describeProducers" ->
                result(
                        DescribeProducersResult.class,
                        Map.of(
                                PARTITION,
                                refusal == null
                                        ? KafkaFuture.completedFuture(
                                                new DescribeProducersResult.PartitionProducerState(producers))
                                        : refused(refusal)));
            case "listTransactions" ->
                result(
                        ListTransactionsResult.class,
                        KafkaFuture.completedFuture(Map.of(
                                0,
                                KafkaFutureImpl.completedFuture(
                                        owner == null
                                                ? List.of()
                                                : List.of(
                                                        new TransactionListing(owner, 5, TransactionState.ONGOING))))));
            case "describeTransactions" -> result(DescribeTransactionsResult.class, descriptions(arguments[0]));
            case "describeTopics" ->
                result(
                        DescribeTopicsResult.class,
                        null,
                        Map.of("__transaction_state", refused(new UnknownTopicOrPartitionException("none"))));
            case "abortTransaction" -> {
                aborts.add(arguments[0].toString());
                yield result(AbortTransactionResult.class, Map.of(PARTITION, KafkaFuture.completedFuture(null)));
            }
            default -> throw new IllegalArgumentException(request);
        };
    }

    private Map<CoordinatorKey, KafkaFuture<TransactionDescription>> descriptions(Object ids) {
        Map<CoordinatorKey, KafkaFuture<TransactionDescription>> answers = new HashMap<>();
        for (Object id : (Collection<?>) ids) {
            answers.put(
                    CoordinatorKey.byTransactionalId(id.toString()),
                    id.equals(owner)
                            ? KafkaFuture.completedFuture(new TransactionDescription(
                                    0, TransactionState.ONGOING, 5, 0, 60_000, OptionalLong.of(0), Set.of(PARTITION)))
                            : refused(new TransactionalIdNotFoundException("none")));
        }
        return answers;
    }

    private static ProducerState producer(long offset) {
        return new ProducerState(5, 0, 0, 0, OptionalInt.of(0), OptionalLong.of(offset));
    }

    private static <T> KafkaFuture<T> refused(RuntimeException refusal) {
        KafkaFutureImpl<T> future = new KafkaFutureImpl<>();
        future.completeExceptionally(refusal);
        return future;
    }

    // Kafka's clients make results in their own package alone.
    private static Object result(Class<?> type, Object... arguments) throws Exception {
        Constructor<?> constructor = type.getDeclaredConstructors()[0];
        constructor.setAccessible(true);
        return constructor.newInstance(arguments);
    }
}
