package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** Offsets of topics and of the stream's consumer group, requested from the brokers. */
final class GroupOffsets implements OffsetAlignment.Group {
    /** Attempts to set offsets of a topic that the coordinator does not know. */
    private static final int KNOWN_ATTEMPTS = 50;

    private static final long KNOWN_PAUSE_MS = 100;

    private final Admin admin;
    private final String group;
    private final TopicIdentity tokens;

    /**
     * @param tokens topic of the group's offsets
     */
    GroupOffsets(Admin admin, String group, TopicIdentity tokens) {
        this.admin = admin;
        this.group = group;
        this.tokens = tokens;
    }

    /**
     * Offsets of the group in a topic, by partition.
     *
     * @param committed those that no transaction is about to change
     * @param pending partitions with an offset of a transaction that has not ended
     */
    record Committed(Map<Integer, Long> committed, Set<Integer> pending) {}

    /** Offsets of the group in a topic. */
    Committed committed() {
        Map<Integer, Long> answer = offsets(true);
        Set<Integer> pending =
                partitions().map(TopicPartition::partition).collect(Collectors.toCollection(TreeSet::new));
        // A partition without an offset is in the answer, and one with a pending offset is not.
        pending.removeAll(answer.keySet());
        answer.values().removeIf(Objects::isNull);
        return new Committed(answer, pending);
    }

    /** Offsets of the group in a topic as they were before pending ones, by partition. */
    Map<Integer, Long> committedBefore() {
        Map<Integer, Long> answer = offsets(false);
        answer.values().removeIf(Objects::isNull);
        return answer;
    }

    @Override
    public Set<Integer> pending() {
        return committed().pending();
    }

    private Map<Integer, Long> offsets(boolean stable) {
        Map<Integer, Long> offsets = new HashMap<>();
        try {
            await(admin.listConsumerGroupOffsets(
                                    Map.of(
                                            group,
                                            new ListConsumerGroupOffsetsSpec()
                                                    .topicPartitions(
                                                            partitions().toList())),
                                    new ListConsumerGroupOffsetsOptions().requireStable(stable))
                            .partitionsToOffsetAndMetadata())
                    .forEach((partition, offset) ->
                            offsets.put(partition.partition(), offset == null ? null : offset.offset()));
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw failed("group " + group, e);
            }
            partitions().forEach(partition -> offsets.put(partition.partition(), null));
        }
        return offsets;
    }

    private Stream<TopicPartition> partitions() {
        return IntStream.range(0, tokens.partitions())
                .mapToObj(partition -> new TopicPartition(tokens.name(), partition));
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

    @Override
    public boolean hasMembers() {
        try {
            GroupState state = await(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .groupState();
            return state != GroupState.EMPTY && state != GroupState.DEAD;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return hasMembersInStreamsProtocol();
            }
            throw failed("group " + group, e);
        }
    }

    // Brokers do not show a group with group.protocol=streams among the consumer groups.
    private boolean hasMembersInStreamsProtocol() {
        try {
            return !await(admin.describeStreamsGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .members()
                    .isEmpty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException
                    || e.getCause() instanceof UnsupportedVersionException) {
                return false;
            }
            throw failed("group " + group, e);
        }
    }

    @Override
    public boolean set(Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> asked = new HashMap<>();
        offsets.forEach((partition, offset) ->
                asked.put(new TopicPartition(tokens.name(), partition), new OffsetAndMetadata(offset)));
        for (int attempt = 1; true; attempt++) {
            try {
                await(admin.alterConsumerGroupOffsets(group, asked).all());
                return true;
            } catch (ExecutionException e) {
                if (hasMembers(e)) {
                    return false;
                }
                // The group's coordinator learns of a new topic a moment after the broker that told of it.
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || attempt == KNOWN_ATTEMPTS) {
                    throw failed("group " + group, e);
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(KNOWN_PAUSE_MS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    // After the brokers were killed, an offset can stay pending although its transaction has ended, and a stream would
    // wait for it without end.
    @Override
    public boolean remove(Collection<Integer> partitions) {
        Set<TopicPartition> asked = partitions.stream()
                .map(each -> new TopicPartition(tokens.name(), each))
                .collect(Collectors.toSet());
        try {
            await(admin.deleteConsumerGroupOffsets(group, asked).all());
            return true;
        } catch (ExecutionException e) {
            if (hasMembers(e)) {
                return false;
            }
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return true;
            }
            if (e.getCause() instanceof GroupAuthorizationException) {
                throw new LogitstreamException(
                        "group " + group + ": its offset of topic " + tokens.name() + ", partition "
                                + new TreeSet<>(partitions).first()
                                + ", stays pending although its transaction has ended; removing it needs Delete on the"
                                + " group: grant it, and start again",
                        e);
            }
            throw failed("group " + group, e);
        }
    }

    private static boolean hasMembers(ExecutionException refusal) {
        Throwable cause = refusal.getCause();
        return cause instanceof UnknownMemberIdException
                || cause instanceof GroupNotEmptyException
                || cause instanceof GroupSubscribedToTopicException
                || cause instanceof RebalanceInProgressException;
    }

    private static <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static LogitstreamException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new LogitstreamException("interrupted while waiting for the brokers", e);
    }

    private static LogitstreamException failed(String what, ExecutionException e) {
        return BrokerErrors.of(what, "the broker refuses the request", e);
    }
}
