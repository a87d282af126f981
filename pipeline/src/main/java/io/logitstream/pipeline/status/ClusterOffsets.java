package io.logitstream.pipeline.status;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** End offsets of topics and committed offsets of consumer groups, each summed over the partitions. */
public final class ClusterOffsets {
    private final Admin admin;

    public ClusterOffsets(Admin admin) {
        this.admin = admin;
    }

    /**
     * Sum of the end offsets of a topic's partitions, up to the last committed transaction.
     *
     * @return the sum; null if the topic does not exist
     */
    public Long end(String topic) {
        try {
            List<TopicPartition> partitions =
                    await(admin.describeTopics(List.of(topic)).topicNameValues().get(topic)).partitions().stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .toList();
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
            return await(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                            .all())
                    .values()
                    .stream()
                    .mapToLong(info -> info.offset())
                    .sum();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return null;
            }
            throw failed("topic " + topic, e);
        }
    }

    /**
     * Sum of the offsets that a group has committed for a topic.
     *
     * @return the sum; null if the group has committed none
     */
    public Long committed(String group, String topic) {
        try {
            Map<TopicPartition, OffsetAndMetadata> offsets =
                    await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
            List<Long> ofTopic = new ArrayList<>();
            offsets.forEach((partition, offset) -> {
                if (partition.topic().equals(topic) && offset != null) {
                    ofTopic.add(offset.offset());
                }
            });
            return ofTopic.isEmpty()
                    ? null
                    : ofTopic.stream().mapToLong(Long::longValue).sum();
        } catch (ExecutionException e) {
            throw failed("consumer group " + group, e);
        }
    }

    /** Names of all consumer groups with a prefix, sorted. */
    public List<String> groups(String prefix) {
        try {
            return await(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()).stream()
                    .map(group -> group.groupId())
                    .filter(name -> name.startsWith(prefix))
                    .sorted()
                    .toList();
        } catch (ExecutionException e) {
            throw failed("consumer groups", e);
        }
    }

    private static <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted", e);
        }
    }

    private static LogitstreamException failed(String what, ExecutionException e) {
        return BrokerErrors.of(what, "the broker refuses the request", e);
    }
}
