package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.DeleteConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsResult;
import org.apache.kafka.clients.admin.DescribeStreamsGroupsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.admin.internals.CoordinatorKey;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class GroupOffsetsTest {
    private static final TopicIdentity TOKENS = new TopicIdentity("tokens", null, 3);
    private static final TopicPartition TOKENS_2 = new TopicPartition("tokens", 2);

    @Test
    void aPartitionThatIsMissingInTheAnswerHasAPendingOffset() throws Exception {
        Map<TopicPartition, OffsetAndMetadata> answer = new HashMap<>();
        answer.put(new TopicPartition("tokens", 0), new OffsetAndMetadata(7));
        answer.put(new TopicPartition("tokens", 1), null);
        KafkaFutureImpl<Map<TopicPartition, OffsetAndMetadata>> future = new KafkaFutureImpl<>();
        future.complete(answer);

        GroupOffsets.Committed found = group(
                        result(ListConsumerGroupOffsetsResult.class, Map.of(CoordinatorKey.byGroupId("group"), future)))
                .committed();

        assertThat(found.committed()).isEqualTo(Map.of(0, 7L));
        assertThat(found.pending()).containsExactly(2);
    }

    @Test
    void aGroupThatHasMembersByNowIsNotAnError() throws Exception {
        assertThat(remove(new GroupNotEmptyException("members"))).isFalse();
        assertThat(remove(new GroupSubscribedToTopicException("members"))).isFalse();
        assertThat(remove(new GroupIdNotFoundException("none"))).isTrue();
    }

    @Test
    void offsetsAreSetOnceTheCoordinatorKnowsTheTopic() throws Exception {
        RuntimeException unknown = new UnknownTopicOrPartitionException("none");
        Deque<Object> answers = new ArrayDeque<>(List.of(unknown, unknown, Map.of(TOKENS_2, Errors.NONE)));

        assertThat(set(answers)).isTrue();
        assertThat(answers).isEmpty();
        assertThat(set(new ArrayDeque<>(List.of(unknown, new UnknownMemberIdException("members")))))
                .isFalse();
        assertThatThrownBy(() -> set(new ArrayDeque<>(List.of(new GroupAuthorizationException("group")))))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("group group: the broker refuses the request");
    }

    private static boolean set(Deque<Object> answers) {
        return new GroupOffsets(
                        (Admin) Proxy.newProxyInstance(
                                Admin.class.getClassLoader(),
                                new Class<?>[] {Admin.class},
                                (proxy, method, arguments) ->
                                        result(AlterConsumerGroupOffsetsResult.class, future(answers.remove()))),
                        "group",
                        TOKENS)
                .set(Map.of(2, 7L));
    }

    @Test
    void aRemovalThatIsRefusedNamesTheRight() {
        assertThatThrownBy(() -> remove(new GroupAuthorizationException("group")))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(
                        "group group", "topic tokens, partition 2", "stays pending", "needs Delete on the group");
    }

    @Test
    void membersInTheStreamsProtocolAreMembers() throws Exception {
        GroupIdNotFoundException notAConsumerGroup = new GroupIdNotFoundException("group is not a consumer group");

        assertThat(hasMembers(notAConsumerGroup, streamsGroup(List.of(member()))))
                .isTrue();
        assertThat(hasMembers(notAConsumerGroup, streamsGroup(List.of()))).isFalse();
        assertThat(hasMembers(notAConsumerGroup, notAConsumerGroup)).isFalse();
        assertThat(hasMembers(notAConsumerGroup, new UnsupportedVersionException("old broker")))
                .isFalse();
    }

    private static boolean hasMembers(RuntimeException consumerGroup, Object streamsGroup) throws Exception {
        Object consumers = new DescribeConsumerGroupsResult(Map.of("group", future(consumerGroup)));
        Object streams = result(DescribeStreamsGroupsResult.class, Map.of("group", future(streamsGroup)));
        return new GroupOffsets(
                        (Admin) Proxy.newProxyInstance(
                                Admin.class.getClassLoader(),
                                new Class<?>[] {Admin.class},
                                (proxy, method, arguments) ->
                                        method.getName().equals("describeStreamsGroups") ? streams : consumers),
                        "group",
                        TOKENS)
                .hasMembers();
    }

    private static <T> KafkaFutureImpl<T> future(Object outcome) {
        KafkaFutureImpl<T> future = new KafkaFutureImpl<>();
        if (outcome instanceof RuntimeException failure) {
            future.completeExceptionally(failure);
        } else {
            @SuppressWarnings("unchecked") // The callers give values of the type that they ask for.
            T value = (T) outcome;
            future.complete(value);
        }
        return future;
    }

    private static StreamsGroupDescription streamsGroup(List<StreamsGroupMemberDescription> members) {
        return new StreamsGroupDescription(
                "group", 1, 1, 1, List.of(), members, GroupState.STABLE, Node.noNode(), Set.of());
    }

    private static StreamsGroupMemberDescription member() {
        StreamsGroupMemberAssignment none = new StreamsGroupMemberAssignment(List.of(), List.of(), List.of());
        return new StreamsGroupMemberDescription(
                "member",
                1,
                Optional.empty(),
                Optional.empty(),
                "client",
                "host",
                1,
                "process",
                Optional.empty(),
                Map.of(),
                List.of(),
                List.of(),
                none,
                none,
                false);
    }

    private static boolean remove(RuntimeException failure) throws Exception {
        KafkaFutureImpl<Map<TopicPartition, Errors>> future = new KafkaFutureImpl<>();
        future.completeExceptionally(failure);
        return group(result(DeleteConsumerGroupOffsetsResult.class, future, Set.of(TOKENS_2)))
                .remove(Set.of(2));
    }

    private static GroupOffsets group(Object answer) {
        return new GroupOffsets(
                (Admin) Proxy.newProxyInstance(
                        Admin.class.getClassLoader(),
                        new Class<?>[] {Admin.class},
                        (proxy, method, arguments) -> answer),
                "group",
                TOKENS);
    }

    // Kafka's clients make results in their own package alone.
    private static Object result(Class<?> type, Object... arguments) throws Exception {
        Constructor<?> constructor = type.getDeclaredConstructors()[0];
        constructor.setAccessible(true);
        return constructor.newInstance(arguments);
    }

    @Test
    void aBrokerThatIsAwayIsNotOneThatRefuses() {
        assertThatThrownBy(
                        () -> ends(new TimeoutException("Timed out waiting for a node assignment. Call: listOffsets")))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("topic tokens: no Kafka broker answers in time", "advertised.listeners")
                .hasMessageNotContaining("refuses");
        assertThatThrownBy(() -> ends(new TopicAuthorizationException("Not authorized to access topics: [tokens]")))
                .hasMessageContaining("topic tokens: the broker refuses the request: Not authorized");
    }

    private static void ends(RuntimeException failure) {
        KafkaFutureImpl<ListOffsetsResult.ListOffsetsResultInfo> future = new KafkaFutureImpl<>();
        future.completeExceptionally(failure);
        Admin admin = (Admin) Proxy.newProxyInstance(
                Admin.class.getClassLoader(),
                new Class<?>[] {Admin.class},
                (proxy, method, arguments) -> new ListOffsetsResult(Map.of(new TopicPartition("tokens", 0), future)));
        new GroupOffsets(admin, "group", TOKENS)
                .topicOffsets(TOKENS, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    }
}
