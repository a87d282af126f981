package io.logitstream.producers.topic;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects and aborts hanging transactions: transactions that are open in a partition although no coordinator knows them
 * (KIP-664). Also tells whether this producer's own transaction timed out.
 */
public final class HangingTransactions {
    private static final Logger LOG = LoggerFactory.getLogger(HangingTransactions.class);
    private static final long PAUSE_MS = 1_000;
    private static final String MAX_TIMEOUT = "transaction.max.timeout.ms";
    private static final long CLOCK_SKEW_MS = Duration.ofMinutes(1).toMillis();

    private final Admin admin;
    private final String transactionalId;
    private final Map<TopicPartition, ProducerState> seen = new HashMap<>();

    /** @param transactionalId transactional id of this producer */
    public HangingTransactions(Admin admin, String transactionalId) {
        this.admin = admin;
        this.transactionalId = transactionalId;
    }

    /**
     * Whether the coordinator has aborted this producer's last transaction because it timed out. False if another
     * producer has started since, or if the cluster does not tell.
     */
    public boolean timedOut() {
        try {
            // A producer that takes over passes through the same state for a moment.
            boolean ended = ended();
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            return ended && ended();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            return false;
        }
    }

    private boolean ended() throws ExecutionException, InterruptedException {
        TransactionState state = describe(transactionalId).state();
        return state == TransactionState.COMPLETE_ABORT || state == TransactionState.PREPARE_ABORT;
    }

    /**
     * Aborts a hanging transaction of a partition: neither its time-out nor its producer's successor ends it. Aborts it
     * only if an earlier call has seen it too, because an unreachable coordinator may know it, and if it belongs to a
     * predecessor of this producer or is older than any transaction may be.
     *
     * @param last whether the wait was long enough to abort transactions of other producers
     * @return reason why it stays open, for a message; null if it was aborted
     */
    String end(TopicPartition partition, boolean last) {
        try {
            for (ProducerState state : admin.describeProducers(List.of(partition))
                    .partitionResult(partition)
                    .get()
                    .activeProducers()) {
                if (state.currentTransactionStartOffset().isPresent()) {
                    return end(partition, state, last);
                }
            }
            return null;
        } catch (ExecutionException e) {
            return BrokerErrors.text("its producer cannot be found", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while looking for the end of the tokens topic", e);
        }
    }

    private String end(TopicPartition partition, ProducerState state, boolean last)
            throws ExecutionException, InterruptedException {
        String owner = owner(partition, state.producerId());
        if (owner != null) {
            seen.remove(partition);
            return "it belongs to transactional id " + owner;
        }
        ProducerState before = seen.put(partition, state);
        String open = "no coordinator knows the transaction of producer id " + state.producerId();
        String command = "if its producer is gone, an administrator can abort it with kafka-transactions.sh abort"
                + " --topic " + partition.topic() + " --partition " + partition.partition()
                + " --start-offset " + state.currentTransactionStartOffset().getAsLong();
        if (!isSame(before, state)
                || !isOwn(state, describe(transactionalId))
                        && !(last && isStale(state, System.currentTimeMillis(), longest()))) {
            return open + "; " + command;
        }
        try {
            admin.abortTransaction(new AbortTransactionSpec(
                            partition,
                            state.producerId(),
                            (short) state.producerEpoch(),
                            state.coordinatorEpoch().orElse(0)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            return open + ", and " + BrokerErrors.text("the broker refuses to abort it", e) + "; " + command;
        }
        LOG.warn(
                "topic {} partition {} offset {}: aborted a transaction that a killed producer had left open",
                partition.topic(),
                partition.partition(),
                state.currentTransactionStartOffset().getAsLong());
        return null;
    }

    private static boolean isSame(ProducerState before, ProducerState now) {
        return before != null
                && before.producerId() == now.producerId()
                && before.producerEpoch() == now.producerEpoch()
                && before.currentTransactionStartOffset().equals(now.currentTransactionStartOffset());
    }

    /** Whether a transaction belongs to a predecessor, which this producer has fenced. */
    static boolean isOwn(ProducerState state, TransactionDescription own) {
        return state.producerId() == own.producerId() && state.producerEpoch() < own.producerEpoch();
    }

    /**
     * Whether a transaction is older than an active one can be.
     *
     * @param now milliseconds since the epoch
     * @param longest longest duration of a transaction in milliseconds
     */
    static boolean isStale(ProducerState state, long now, long longest) {
        return now - state.lastTimestamp() > longest;
    }

    /**
     * Longest duration of a transaction in milliseconds, plus a minute of clock skew; unlimited if the brokers do not
     * tell.
     */
    private long longest() throws InterruptedException {
        try {
            ConfigResource broker = new ConfigResource(
                    ConfigResource.Type.BROKER,
                    admin.describeCluster().controller().get().idString());
            ConfigEntry limit = admin.describeConfigs(List.of(broker))
                    .values()
                    .get(broker)
                    .get()
                    .get(MAX_TIMEOUT);
            return limit == null ? Long.MAX_VALUE : Long.parseLong(limit.value()) + CLOCK_SKEW_MS;
        } catch (ExecutionException e) {
            LOG.debug("the brokers do not show {}", MAX_TIMEOUT, e);
            return Long.MAX_VALUE;
        }
    }

    /** Transactional id whose coordinator will end a producer's transaction in a partition; null if there is none. */
    private String owner(TopicPartition partition, long producerId) throws ExecutionException, InterruptedException {
        for (TransactionListing listing : admin.listTransactions(
                        new ListTransactionsOptions().filterProducerIds(Set.of(producerId)))
                .all()
                .get()) {
            if (describe(listing.transactionalId()).topicPartitions().contains(partition)) {
                return listing.transactionalId();
            }
        }
        return null;
    }

    private TransactionDescription describe(String id) throws ExecutionException, InterruptedException {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }
}
