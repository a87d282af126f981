package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Offsets of topics and of the stream's consumer group, requested from the brokers. */
final class GroupOffsets {
    private final Admin admin;
    private final String group;

    GroupOffsets(Admin admin, String group) {
        this.admin = admin;
        this.group = group;
    }

    /** Committed offsets of the group in a topic, by partition. Those that a transaction is about to change are left out. */
    Map<Integer, Long> committed(String topic) {
        Map<Integer, Long> offsets = new HashMap<>();
        try {
            await(admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions().requireStable(true))
                            .partitionsToOffsetAndMetadata())
                    .forEach((partition, offset) -> {
                        if (partition.topic().equals(topic) && offset != null) {
                            offsets.put(partition.partition(), offset.offset());
                        }
                    });
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw failed("group " + group, e);
            }
        }
        return offsets;
    }

    /** Offsets of all partitions of a topic, by partition. */
    Map<Integer, Long> topicOffsets(TopicIdentity topic, OffsetSpec spec, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            asked.put(new TopicPartition(topic.name(), partition), spec);
        }
        Map<Integer, Long> offsets = new HashMap<>();
        try {
            await(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
                    .forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
        } catch (ExecutionException e) {
            throw failed("topic " + topic.name(), e);
        }
        return offsets;
    }

    /** Whether no transaction is open in a topic, so that readers see all committed records. */
    boolean isSettled(TopicIdentity topic) {
        return topicOffsets(topic, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
                .equals(topicOffsets(topic, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED));
    }

    /** Whether the group has members. A dead member counts until its session time-out. */
    boolean hasMembers() {
        try {
            GroupState state = await(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .groupState();
            return state != GroupState.EMPTY && state != GroupState.DEAD;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return false;
            }
            throw failed("group " + group, e);
        }
    }

    /**
     * Sets the group's offsets in a topic.
     *
     * @return false if the group has members by now, because another instance was faster
     */
    boolean set(String topic, Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> asked = new HashMap<>();
        offsets.forEach(
                (partition, offset) -> asked.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)));
        try {
            await(admin.alterConsumerGroupOffsets(group, asked).all());
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownMemberIdException
                    || e.getCause() instanceof GroupNotEmptyException
                    || e.getCause() instanceof RebalanceInProgressException) {
                return false;
            }
            throw failed("group " + group, e);
        }
    }

    /**
     * Removes the group's offsets of partitions, the pending ones of transactions included. After the brokers were killed,
     * an offset can stay pending although its transaction has ended, and a stream would wait for it without end. The group
     * must have no members.
     */
    void remove(String topic, Collection<Integer> partitions) {
        Set<TopicPartition> asked =
                partitions.stream().map(each -> new TopicPartition(topic, each)).collect(Collectors.toSet());
        try {
            await(admin.deleteConsumerGroupOffsets(group, asked).all());
        } catch (ExecutionException e) {
            // A group without offsets, or one that has members by now, whose offsets cannot be set either.
            if (!(e.getCause() instanceof GroupIdNotFoundException)
                    && !(e.getCause() instanceof GroupSubscribedToTopicException)
                    && !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw failed("group " + group, e);
            }
        }
    }

    private static <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while waiting for the brokers", e);
        }
    }

    private static LogitstreamException failed(String what, ExecutionException e) {
        return BrokerErrors.of(what, "the broker refuses the request", e);
    }
}
