package io.logitstream.producers.topic;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import io.logitstream.schemas.kafka.OpenTransactions;
import io.logitstream.schemas.kafka.OpenTransactions.OpenTransaction;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
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
    private final OpenTransactions transactions;
    private final Map<TopicPartition, OpenTransaction> seen = new HashMap<>();

    /** @param transactionalId transactional id of this producer */
    public HangingTransactions(Admin admin, String transactionalId) {
        this.admin = admin;
        this.transactionalId = transactionalId;
        this.transactions = new OpenTransactions(admin);
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
            List<OpenTransaction> open = transactions.in(List.of(partition));
            return open.isEmpty() ? null : end(open.get(0), last);
        } catch (ExecutionException e) {
            return BrokerErrors.text("its producer cannot be found", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while looking for the end of the tokens topic", e);
        }
    }

    private String end(OpenTransaction open, boolean last) throws ExecutionException, InterruptedException {
        if (open.owner() != null) {
            seen.remove(open.partition());
            return "it belongs to transactional id " + open.owner().transactionalId();
        }
        OpenTransaction before = seen.put(open.partition(), open);
        String unknown = "no coordinator knows the transaction of producer id "
                + open.producer().producerId();
        String command = "if its producer is gone, an administrator can abort it with " + open.abortCommand();
        if (!open.isSame(before)
                || !isOwn(open.producer(), describe(transactionalId))
                        && !(last && isStale(open.producer(), System.currentTimeMillis(), longest()))) {
            return unknown + "; " + command;
        }
        try {
            transactions.abort(open);
        } catch (ExecutionException e) {
            return unknown + ", and " + BrokerErrors.text("the broker refuses to abort it", e) + "; " + command;
        }
        LOG.warn("{}: aborted a transaction that a killed producer had left open", open.place());
        return null;
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

    private TransactionDescription describe(String id) throws ExecutionException, InterruptedException {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }
}
