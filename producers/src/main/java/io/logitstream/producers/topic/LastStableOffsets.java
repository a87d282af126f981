package io.logitstream.producers.topic;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.RecordAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * Waits until the last stable offsets of partitions reach their end offsets. Readers of committed records see nothing
 * behind an open transaction. A publisher that did not wait for another producer's transaction would miss its own
 * records behind it and publish them twice. Hanging transactions are aborted.
 */
public final class LastStableOffsets {
    /** Default wait: longer than the time after which a broker aborts the transaction of a dead producer. */
    public static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Longest time from the end of a transaction until the partition's last stable offset shows it. */
    private static final long GRACE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long PAUSE_MS = 100;
    /** Interval of the checks for hanging transactions. */
    private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

    private LastStableOffsets() {}

    /**
     * Waits, and returns the end offset of each partition.
     *
     * @param transactionalId transactional id of this producer, which has fenced its predecessors
     * @param patience longest wait for transactions of other producers
     * @throws LogitstreamException when a transaction stays open
     */
    static Map<TopicPartition, Long> await(
            Admin admin, List<TopicPartition> partitions, String transactionalId, Duration patience) {
        Map<TopicPartition, Long> ends = ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED);
        long deadline = System.nanoTime() + patience.toNanos();
        HangingTransactions transactions = new HangingTransactions(admin, transactionalId);
        long look = System.nanoTime() + LOOK_NANOS;
        while (true) {
            Map<TopicPartition, Long> stable = ends(admin, partitions, IsolationLevel.READ_COMMITTED);
            TopicPartition open = partitions.stream()
                    .filter(each -> stable.get(each) < ends.get(each))
                    .findFirst()
                    .orElse(null);
            if (open == null) {
                return ends;
            }
            if (System.nanoTime() > look) {
                boolean last = System.nanoTime() > deadline;
                String kept = transactions.end(open, last);
                if (last && (kept != null || System.nanoTime() > deadline + GRACE_NANOS)) {
                    throw new LogitstreamException(RecordAddress.of(open.topic(), open.partition(), stable.get(open))
                            + ": another producer's transaction stays open" + (kept == null ? "" : " (" + kept + ")")
                            + "; stop that producer and start again");
                }
                look = System.nanoTime() + LOOK_NANOS;
            }
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private static Map<TopicPartition, Long> ends(
            Admin admin, List<TopicPartition> partitions, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> request = new HashMap<>();
        partitions.forEach(each -> request.put(each, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        try {
            admin.listOffsets(request, new ListOffsetsOptions(isolation))
                    .all()
                    .get()
                    .forEach((partition, info) -> ends.put(partition, info.offset()));
            return ends;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw new LogitstreamException(
                    "topic " + partitions.get(0).topic() + ": its end cannot be found: " + FailureText.of(e),
                    e.getCause());
        }
    }

    private static LogitstreamException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new LogitstreamException("interrupted while looking for the end of the tokens topic", e);
    }
}
