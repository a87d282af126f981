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

/** What the cluster knows of a producer's transactions, and the ending of those that nobody will end. */
public final class HangingTransactions {
    private static final Logger LOG = LoggerFactory.getLogger(HangingTransactions.class);
    private static final long PAUSE_MS = 1_000;
    private static final String LONGEST = "transaction.max.timeout.ms";
    private static final long CLOCKS_MS = Duration.ofMinutes(1).toMillis();

    private final Admin admin;
    private final String transactionalId;
    private final Map<TopicPartition, ProducerState> seen = new HashMap<>();

    public HangingTransactions(Admin admin, String transactionalId) {
        this.admin = admin;
        this.transactionalId = transactionalId;
    }

    /**
     * Whether the cluster has ended the last transaction, since its producer stood still for longer than the transaction's
     * time-out; false where another producer has begun since, or where the cluster does not say.
     */
    public boolean timedOut() {
        try {
            // A producer that takes over passes through the same state on its way.
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
     * Ends a transaction that is open in a partition although no coordinator knows of it: neither its time-out nor its
     * producer's successor ends it. It must have been seen by an earlier call, too, and be one of this producer's past, or
     * older than any that its producer can still be at work on: a coordinator that is away, or that may not be asked, knows
     * of transactions as well.
     *
     * @param last whether it was waited for long enough to end what is not this producer's
     * @return what keeps it open, for a message; null if it was ended
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
            return BrokerErrors.text("which producer it is cannot be found", e);
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
            return "it is that of transactional id " + owner;
        }
        ProducerState before = seen.put(partition, state);
        String open = "no coordinator tells of the transaction of producer id " + state.producerId();
        String command = "an administrator who knows that its producer is gone ends it with kafka-transactions.sh abort"
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
            return open + ", and " + BrokerErrors.text("the broker refuses to end it", e) + "; " + command;
        }
        LOG.warn(
                "topic {} partition {} offset {}: ended a transaction that a killed producer had left open",
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

    /** Whether a transaction is of a predecessor, which this producer has taken over from. */
    static boolean isOwn(ProducerState state, TransactionDescription own) {
        return state.producerId() == own.producerId() && state.producerEpoch() < own.producerEpoch();
    }

    /**
     * Whether a transaction is older than any that is still at work.
     *
     * @param now milliseconds since 1970
     * @param longest milliseconds that a transaction may last
     */
    static boolean isStale(ProducerState state, long now, long longest) {
        return now - state.lastTimestamp() > longest;
    }

    /** Milliseconds that brokers let a transaction last, and some more for clocks that differ; no end where none says. */
    private long longest() throws InterruptedException {
        try {
            ConfigResource broker = new ConfigResource(
                    ConfigResource.Type.BROKER,
                    admin.describeCluster().controller().get().idString());
            ConfigEntry limit = admin.describeConfigs(List.of(broker))
                    .values()
                    .get(broker)
                    .get()
                    .get(LONGEST);
            return limit == null ? Long.MAX_VALUE : Long.parseLong(limit.value()) + CLOCKS_MS;
        } catch (ExecutionException e) {
            LOG.debug("the brokers do not show {}", LONGEST, e);
            return Long.MAX_VALUE;
        }
    }

    /** The transactional id whose coordinator will end a producer's transaction in a partition, or null. */
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
