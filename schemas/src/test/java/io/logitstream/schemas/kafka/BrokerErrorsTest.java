package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AbstractOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class BrokerErrorsTest {
    @Test
    void aBrokerThatIsAwayDoesNotRefuse() {
        assertThat(BrokerErrors.of(
                        "topic logits",
                        "the broker refuses to show its settings",
                        new ExecutionException(new TimeoutException(
                                "Timed out waiting for a node assignment. Call: describeConfigs"))))
                .hasMessageStartingWith("topic logits: no Kafka broker answers in time")
                .hasMessageContaining("advertised.listeners")
                .hasMessageNotContaining("refuses");
        assertThat(BrokerErrors.text(
                        "the broker refuses to show it",
                        new ExecutionException(new TopicAuthorizationException("Topic authorization failed."))))
                .isEqualTo("the broker refuses to show it: Topic authorization failed.");
    }

    @Test
    void theFirstRequestsWaitAsLongAsTheFirstContact() {
        List<Integer> limits = new ArrayList<>();
        Admin admin = (Admin) Proxy.newProxyInstance(
                Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                    Arrays.stream(arguments)
                            .filter(AbstractOptions.class::isInstance)
                            .forEach(options -> limits.add(((AbstractOptions<?>) options).timeoutMs()));
                    throw new TimeoutException("asked");
                });

        assertThatThrownBy(() -> TopicAdmin.ensure(admin, TopicSettings.named("logits")))
                .hasMessage("asked");
        assertThatThrownBy(() -> TopicAdmin.maxRecordBytes(admin, "logits")).hasMessage("asked");
        assertThat(limits).containsExactly(10_000, 10_000);
    }
}
