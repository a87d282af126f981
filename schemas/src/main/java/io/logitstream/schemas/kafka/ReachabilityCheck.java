package io.logitstream.schemas.kafka;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;

/** Check at the start of a command that the broker and the schema registry answer. */
final class ReachabilityCheck {

    private static final int TIMEOUT_MS = 10_000;

    private ReachabilityCheck() {}

    static void broker(KafkaSettings settings) {
        String servers = settings.bootstrapServers();
        try (Admin admin = open(settings)) {
            try {
                admin.describeCluster(new DescribeClusterOptions().timeoutMs(TIMEOUT_MS))
                        .nodes()
                        .get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof TimeoutException) {
                    throw new LogitstreamException(
                            "no Kafka broker answers at " + servers + " within " + TIMEOUT_MS / 1000
                                    + " s; check that it runs, and its address and security.protocol",
                            e.getCause());
                }
                throw new LogitstreamException(
                        "Kafka at " + servers + " refuses the connection: " + FailureText.of(e.getCause()),
                        e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LogitstreamException("interrupted while connecting to Kafka at " + servers, e);
            }
        }
    }

    static void registry(KafkaSettings settings) {
        try {
            RegistryClients.create(settings).close();
        } catch (IOException e) {
            throw RegistryClients.unreachable(settings.registryAddress(), e);
        }
    }

    private static Admin open(KafkaSettings settings) {
        try {
            return Admin.create(settings.admin());
        } catch (KafkaException e) {
            throw new UsageException(
                    "no client for Kafka at " + settings.bootstrapServers() + ": " + FailureText.ofRoot(e));
        }
    }
}
