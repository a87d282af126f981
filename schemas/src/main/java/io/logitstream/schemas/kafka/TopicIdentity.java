package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Which topic a name stands for. Offsets are places in one topic only: whoever stores offsets stores the identity with
 * them, and compares it before it goes on from them.
 *
 * @param name the topic
 * @param id the id that Kafka gave the topic when it was created (KIP-516), as Kafka's tools print it; null where it is
 *     not known
 * @param partitions number of its partitions
 */
public record TopicIdentity(String name, String id, int partitions) {

    /**
     * The topic of a name as it is now.
     *
     * @throws LogitstreamException if the topic does not exist or the broker refuses
     */
    public static TopicIdentity of(Admin admin, String topic) {
        try {
            TopicDescription description = admin.describeTopics(List.of(topic))
                    .topicNameValues()
                    .get(topic)
                    .get();
            Uuid id = description.topicId();
            // A broker that knows no ids gives the one of zeros.
            String text = id == null || id.equals(Uuid.ZERO_UUID) ? null : id.toString();
            return new TopicIdentity(topic, text, description.partitions().size());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new LogitstreamException(
                        "topic " + topic + " does not exist; create it by the stage that fills it", e);
            }
            throw BrokerErrors.of("topic " + topic, "the broker does not show it (Describe)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while looking at topic " + topic, e);
        }
    }

    /**
     * What makes offsets of an earlier time meaningless. An id that is unknown, now or then, is not compared, and neither
     * are names: a caller that lets its user choose the name decides what another name means.
     *
     * @param earlier the identity that was stored with the offsets
     * @return one line that names the cause, without a remedy, or nothing where the topic is still the same
     */
    public Optional<String> changeSince(TopicIdentity earlier) {
        if (id != null && earlier.id != null && !id.equals(earlier.id)) {
            return Optional.of("topic " + name + " was deleted and made again, or is of another cluster (id " + id
                    + ", was " + earlier.id + ")");
        }
        if (partitions != earlier.partitions) {
            return Optional.of("topic " + name + " has " + partitions + " partitions, had " + earlier.partitions);
        }
        return Optional.empty();
    }
}
