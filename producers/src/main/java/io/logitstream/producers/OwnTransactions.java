package io.logitstream.producers;

import io.logitstream.schemas.LogitstreamException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the cluster knows of a producer's transactions, and the ending of those that nobody will end. */
final class OwnTransactions {
  private static final Logger LOG = LoggerFactory.getLogger(OwnTransactions.class);
  private static final long PAUSE_MS = 1_000;

  private final Admin admin;
  private final String transactionalId;
  private final Map<TopicPartition, ProducerState> seen = new HashMap<>();

  OwnTransactions(Admin admin, String transactionalId) {
    this.admin = admin;
    this.transactionalId = transactionalId;
  }

  /**
   * Whether the cluster has ended the last transaction, since its producer stood still for longer than the transaction's
   * time-out; false where another producer has begun since, or where the cluster does not say.
   */
  boolean timedOut() {
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
   * producer's successor ends it. It must have been seen by an earlier call, too.
   *
   * @return what keeps it open, for a message; null if it was ended
   */
  String end(TopicPartition partition) {
    try {
      for (ProducerState state : admin.describeProducers(List.of(partition)).partitionResult(partition).get()
          .activeProducers()) {
        if (state.currentTransactionStartOffset().isPresent()) {
          return end(partition, state);
        }
      }
      return null;
    } catch (ExecutionException e) {
      return "which producer it is cannot be found: " + e.getCause().getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LogitstreamException("interrupted while looking for the end of the tokens topic", e);
    }
  }

  private String end(TopicPartition partition, ProducerState state) throws ExecutionException, InterruptedException {
    String owner = owner(partition, state.producerId());
    if (owner != null) {
      seen.remove(partition);
      return "it is that of transactional id " + owner;
    }
    ProducerState before = seen.put(partition, state);
    String open = "no coordinator knows of the transaction of producer id " + state.producerId();
    if (before == null || before.producerId() != state.producerId() || before.producerEpoch() != state.producerEpoch()
        || !before.currentTransactionStartOffset().equals(state.currentTransactionStartOffset())) {
      return open;
    }
    try {
      admin.abortTransaction(new AbortTransactionSpec(partition, state.producerId(), (short) state.producerEpoch(),
          state.coordinatorEpoch().orElse(0))).all().get();
    } catch (ExecutionException e) {
      return open + ", and it cannot be ended (" + e.getCause().getMessage() + "); an administrator does so with"
          + " kafka-transactions.sh abort --topic " + partition.topic() + " --partition " + partition.partition()
          + " --start-offset " + state.currentTransactionStartOffset().getAsLong();
    }
    LOG.warn("topic {} partition {} offset {}: ended a transaction that a killed producer had left open",
        partition.topic(), partition.partition(), state.currentTransactionStartOffset().getAsLong());
    return null;
  }

  /** The transactional id whose coordinator will end a producer's transaction in a partition, or null. */
  private String owner(TopicPartition partition, long producerId) throws ExecutionException, InterruptedException {
    for (TransactionListing listing : admin.listTransactions(
        new ListTransactionsOptions().filterProducerIds(Set.of(producerId))).all().get()) {
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
