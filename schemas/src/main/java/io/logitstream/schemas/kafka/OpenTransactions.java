package io.logitstream.schemas.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Open transactions of partitions with the transactional ids that own them, requested from the brokers (KIP-664). */
public final class OpenTransactions {
    /**
     * An open transaction in a partition.
     *
     * @param producer its producer, as the partition's leader knows it
     * @param owner what its coordinator knows; null if no coordinator shows it
     */
    public record OpenTransaction(TopicPartition partition, ProducerState producer, Owner owner) {
        /** Offset of its first record in the partition. */
        public long offset() {
            return producer.currentTransactionStartOffset().orElseThrow();
        }

        /** Whether this is the transaction of an earlier look. */
        public boolean isSame(OpenTransaction before) {
            return before != null
                    && before.partition.equals(partition)
                    && before.producer.producerId() == producer.producerId()
                    && before.producer.producerEpoch() == producer.producerEpoch()
                    && before.offset() == offset();
        }

        /** Command with which an administrator aborts it, if no coordinator knows it. */
        public String abortCommand() {
            return "kafka-transactions.sh abort --topic " + partition.topic() + " --partition " + partition.partition()
                    + " --start-offset " + offset();
        }

        /** Its place, as messages name it. */
        public String place() {
            return "topic " + partition.topic() + " partition " + partition.partition() + " offset " + offset();
        }
    }

    /**
     * The coordinator's view of a transaction.
     *
     * @param transactionalId id of the producer
     * @param ending whether its end is decided and only has to be written to the partitions
     * @param remainingMs time until it times out, in milliseconds
     */
    public record Owner(String transactionalId, boolean ending, long remainingMs) {}

    /** Internal topic of the coordinators. */
    private static final String COORDINATORS = "__transaction_state";
    /** The broker also takes this as the time-out of later transactions of the fenced id. */
    private static final int FENCE_MS = (int) TimeUnit.SECONDS.toMillis(20);

    private static final Set<TransactionState> ENDING = Set.of(
            TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT, TransactionState.PREPARE_EPOCH_FENCE);

    private final Admin admin;

    /** @param admin closed by its owner */
    public OpenTransactions(Admin admin) {
        this.admin = admin;
    }

    /**
     * The transactions that are open in some partitions, in the order of the partitions. Needs Read on the topics, and
     * Describe on a transactional id to see that it is the owner.
     */
    public List<OpenTransaction> in(Collection<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, List<ProducerState>> producers = new HashMap<>();
        Set<Long> ids = new TreeSet<>();
        admin.describeProducers(partitions).all().get().forEach((partition, state) -> {
            List<ProducerState> open = state.activeProducers().stream()
                    .filter(each -> each.currentTransactionStartOffset().isPresent())
                    .toList();
            open.forEach(each -> ids.add(each.producerId()));
            producers.put(partition, open);
        });
        if (ids.isEmpty()) {
            return List.of();
        }
        Collection<TransactionListing> listings = admin.listTransactions(
                        new ListTransactionsOptions().filterProducerIds(ids))
                .all()
                .get();
        Map<String, TransactionDescription> descriptions = admin.describeTransactions(listings.stream()
                        .map(TransactionListing::transactionalId)
                        .toList())
                .all()
                .get();
        List<OpenTransaction> found = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            for (ProducerState producer : producers.get(partition)) {
                found.add(new OpenTransaction(partition, producer, owner(partition, producer, listings, descriptions)));
            }
        }
        return found;
    }

    private static Owner owner(
            TopicPartition partition,
            ProducerState producer,
            Collection<TransactionListing> listings,
            Map<String, TransactionDescription> descriptions) {
        for (TransactionListing listing : listings) {
            TransactionDescription description = descriptions.get(listing.transactionalId());
            if (listing.producerId() == producer.producerId()
                    && description.topicPartitions().contains(partition)) {
                return new Owner(
                        listing.transactionalId(), ENDING.contains(description.state()), remainingMs(description));
            }
        }
        return null;
    }

    // The start is a time of the coordinator's clock, which may differ from this machine's.
    private static long remainingMs(TransactionDescription description) {
        long now = System.currentTimeMillis();
        long age = Math.max(0, now - description.transactionStartTimeMs().orElse(now));
        return Math.max(0, description.transactionTimeoutMs() - age);
    }

    /**
     * Whether a transaction without an owner certainly has none: this user may describe every transactional id, because
     * brokers omit the others silently, and each coordinator is online.
     */
    public boolean showEveryOwner() throws ExecutionException, InterruptedException {
        // No rule for a name or a prefix matches a random id.
        String probe = UUID.randomUUID().toString();
        try {
            admin.describeTransactions(List.of(probe)).description(probe).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TransactionalIdAuthorizationException) {
                return false;
            }
            if (!(e.getCause() instanceof TransactionalIdNotFoundException)) {
                throw e;
            }
        }
        try {
            return admin
                    .describeTopics(List.of(COORDINATORS))
                    .topicNameValues()
                    .get(COORDINATORS)
                    .get()
                    .partitions()
                    .stream()
                    .allMatch(partition ->
                            partition.leader() != null && !partition.leader().isEmpty());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return true;
            }
            throw e;
        }
    }

    /**
     * Ends the transaction of a producer that is gone: its coordinator aborts it and refuses later requests of that
     * producer. Returns when the transaction has ended. Needs Write on the transactional id.
     */
    public void fence(String transactionalId) throws ExecutionException, InterruptedException {
        admin.fenceProducers(List.of(transactionalId), new FenceProducersOptions().timeoutMs(FENCE_MS))
                .all()
                .get();
    }

    /** Aborts a transaction that no coordinator knows. Needs Alter on the cluster. */
    public void abort(OpenTransaction transaction) throws ExecutionException, InterruptedException {
        ProducerState producer = transaction.producer();
        admin.abortTransaction(new AbortTransactionSpec(
                        transaction.partition(),
                        producer.producerId(),
                        (short) producer.producerEpoch(),
                        producer.coordinatorEpoch().orElse(0)))
                .all()
                .get();
    }
}
