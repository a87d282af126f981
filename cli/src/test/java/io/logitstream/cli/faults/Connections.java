package io.logitstream.cli.faults;

import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** Whether something answers. */
final class Connections {
    private Connections() {}

    /** Whether a cluster has the given number of brokers. */
    static boolean answer(KafkaSettings kafka, int brokers) {
        try (Admin admin = Admin.create(kafka.admin())) {
            return admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).size() == brokers;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a registry does. */
    static boolean answers(int registryPort) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://127.0.0.1:" + registryPort + "/subjects")
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(1000);
            connection.setReadTimeout(1000);
            return connection.getResponseCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
