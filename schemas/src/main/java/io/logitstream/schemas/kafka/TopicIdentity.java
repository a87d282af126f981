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
 * Identity of a topic behind its name. Offsets are valid for one topic only, so a component that stores offsets stores
 * the identity with them, and compares it before it resumes from them.
 *
 * @param name name of the topic
 * @param id id that Kafka assigned when the topic was created (KIP-516), as Kafka's tools print it; null if it is
 *     unknown
 * @param partitions number of partitions
 */
public record TopicIdentity(String name, String id, int partitions) {

    /**
     * Reads the current identity of a topic.
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
            // A broker without topic ids returns an id of zeros.
            String text = id == null || id.equals(Uuid.ZERO_UUID) ? null : id.toString();
            return new TopicIdentity(topic, text, description.partitions().size());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new LogitstreamException(
                        "topic " + topic + " does not exist; run the stage that creates and fills it", e);
            }
            throw BrokerErrors.of("topic " + topic, "the broker refuses to describe it (needs Describe)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while looking at topic " + topic, e);
        }
    }

    /**
     * Describes the change that invalidates earlier offsets. Unknown ids are not compared, and neither are names: a
     * caller whose user chooses the name decides what another name means.
     *
     * @param earlier identity that was stored with the offsets
     * @return one line that describes the change without a remedy; empty if the topic is the same
     */
    public Optional<String> changeSince(TopicIdentity earlier) {
        if (id != null && earlier.id != null && !id.equals(earlier.id)) {
            return Optional.of("topic " + name + " was deleted and recreated, or belongs to another cluster (id " + id
                    + ", was " + earlier.id + ")");
        }
        if (partitions != earlier.partitions) {
            return Optional.of("topic " + name + " has " + partitions + " partitions, had " + earlier.partitions);
        }
        return Optional.empty();
    }
}
