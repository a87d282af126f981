package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.embedded.EmbeddedBroker;
import io.logitstream.embedded.registry.LoopbackSockets;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("FutureReturnValueIgnored") // The end of the producer waits for what it was sent.
class EmbeddedBrokerIT {

    private static final String TOPIC = "values";
    private static final int MAX_RECORD_BYTES = 1024 * 1024;

    @TempDir
    Path folder;

    @Test
    void dataAndClusterIdAreThereAtTheNextStartOnOtherPorts() throws Exception {
        String clusterId;
        try (EmbeddedBroker broker = start(folder, 0)) {
            clusterId = clusterId(broker);
            TestCluster.createTopic(broker.bootstrapServers(), TOPIC, Map.of());
            try (KafkaProducer<String, String> producer = TestCluster.producer(broker.bootstrapServers(), null)) {
                producer.send(new ProducerRecord<>(TOPIC, 0, null, "kept"));
            }
        }

        try (EmbeddedBroker broker = start(folder, 0)) {
            assertThat(clusterId(broker)).isEqualTo(clusterId);
            assertThat(TestCluster.committed(broker.bootstrapServers(), TOPIC)).containsExactly("kept");
        }
    }

    @Test
    void committedRecordsAndNoOthersSurviveAKill() throws Exception {
        try (ChildJvm process = ChildJvm.start(BrokerProcess.class, folder.toString())) {
            String address = process.readLine();
            TestCluster.createTopic(address, TOPIC, Map.of());
            KafkaProducer<String, String> producer = TestCluster.producer(address, "writer");
            for (int i = 0; i < 20; i++) {
                send(producer, 5 * i, 5);
                producer.commitTransaction();
            }
            send(producer, 1000, 5);
            producer.flush();
            process.kill();
            producer.close(Duration.ZERO);
        }

        try (ChildJvm process = ChildJvm.start(BrokerProcess.class, folder.toString())) {
            String address = process.readLine();
            assertThat(TestCluster.committed(address, TOPIC)).isEqualTo(numbers(0, 100));
            // The same writer comes back: that ends what it had left open.
            try (KafkaProducer<String, String> producer = TestCluster.producer(address, "writer")) {
                send(producer, 100, 5);
                producer.commitTransaction();
            }
            assertThat(TestCluster.committed(address, TOPIC)).isEqualTo(numbers(0, 105));
        }
    }

    @Test
    void aFolderServesOneProcessAtATime() throws Exception {
        try (ChildJvm first = ChildJvm.start(BrokerProcess.class, folder.toString())) {
            assertThat(first.readLine()).startsWith("127.0.0.1:");

            try (ChildJvm second = ChildJvm.start(BrokerProcess.class, folder.toString())) {
                assertThat(second.readLine()).contains(folder.toString()).contains("in use by process");
                assertThat(second.exitCode()).isEqualTo(1);
            }
            assertThatThrownBy(() -> start(folder, 0))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("in use by process");
        }
    }

    @Test
    void aSecondCloseWaitsForAnEndThatTheFirstDidNotWaitFor() {
        EmbeddedBroker broker = start(folder, 0);
        Thread.currentThread().interrupt();
        broker.close();
        assertThat(Thread.interrupted()).isTrue();

        broker.close();

        FolderLock.acquire(folder).close();
    }

    @Test
    void aFolderServesOneBrokerOfAProcessAtATime() {
        try (EmbeddedBroker broker = start(folder, 0)) {
            assertThatThrownBy(() -> start(folder, 0))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("in use by this process");
            assertThatThrownBy(() -> start(folder, 0))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("in use by this process");
            assertThat(broker.bootstrapServers()).startsWith("127.0.0.1:");
        }
    }

    @Test
    void aPortInUseIsNamedAndNothingIsLeftBehind() throws Exception {
        try (ServerSocket taken =
                new ServerSocket(0, 1, LoopbackSockets.address(0).getAddress())) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> start(folder, port))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("port " + port + " in use");
        }
        FolderLock.acquire(folder).close();
    }

    @Test
    void aFolderThatCannotBeReadIsNamedAndLeftAsItIs() throws Exception {
        Path identity = Files.writeString(folder.resolve("meta.properties"), "version=1\nnode.id=77\ncluster.id=x\n");

        assertThatThrownBy(() -> start(folder, 0))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("meta.properties")
                .hasMessageContaining("77");
        assertThat(identity).hasContent("version=1\nnode.id=77\ncluster.id=x");
    }

    @Test
    void aFolderThatKafkaWouldTakeForTwoIsRefused() {
        assertThatThrownBy(() -> start(folder.resolve("a,b"), 0))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("comma");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void noThreadIsLeftAfterTheEnd() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();

        start(folder, 0).close();

        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread) && !thread.isDaemon())
                .isEmpty();
    }

    private static EmbeddedBroker start(Path folder, int port) {
        return EmbeddedBroker.start(folder, port, MAX_RECORD_BYTES);
    }

    private static String clusterId(EmbeddedBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            return admin.describeCluster().clusterId().get();
        }
    }

    private static void send(KafkaProducer<String, String> producer, int first, int count) {
        producer.beginTransaction();
        numbers(first, first + count).forEach(value -> producer.send(new ProducerRecord<>(TOPIC, 0, null, value)));
    }

    private static List<String> numbers(int from, int to) {
        List<String> numbers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }
}
