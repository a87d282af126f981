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
 * The ends of partitions, once everything before them is committed or aborted. Readers of committed records
 * see nothing behind an open transaction, not even what is committed; so another producer's open transaction
 * is waited for, as otherwise our own records behind it would be published twice. One that nobody will end is ended.
 */
public final class LastStableOffsets {
    /** More than the time after which a broker aborts a transaction whose producer died. */
    public static final Duration PATIENCE = Duration.ofSeconds(90);
    /** What the end of a transaction may take to show in its partition. */
    private static final long GRACE_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long PAUSE_MS = 100;
    /** Ends of transactions take a moment to reach a partition: how often those that stay are looked at. */
    private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

    private LastStableOffsets() {}

    /**
     * Waits for the ends.
     *
     * @param transactionalId id of this producer, which has begun
     * @param patience how long transactions of other producers are waited for
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
                            + "; end that producer and start again");
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
