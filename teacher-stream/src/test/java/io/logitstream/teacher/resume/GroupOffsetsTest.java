package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;

class GroupOffsetsTest {
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
        new GroupOffsets(admin, "group")
                .topicOffsets(new TopicIdentity("tokens", null, 1), OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    }
}
