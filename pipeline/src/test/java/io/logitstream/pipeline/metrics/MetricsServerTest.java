package io.logitstream.pipeline.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.MetricsConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.metrics.HeldOutMetrics;
import io.logitstream.student.metrics.StepMetrics;
import io.micrometer.core.instrument.Metrics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
    private static final MetricsConfig ANY_PORT = new MetricsConfig(null, 0);

    @Test
    void aStudentIsServedWhileItTrains() throws Exception {
        try (MetricsServer server = MetricsServer.start(ANY_PORT)) {
            try (StudentMeters meters = new StudentMeters(Metrics.globalRegistry, "pd")) {
                meters.onStart(64, 640, 5);
                meters.onStep(new StepMetrics(2, 128, 0, 0.4, 0.25, 0.3, 0.9, 0.003, 1.5, false), 7);
                meters.onStep(new StepMetrics(3, 192, 0, 0.4, 0.5, 0.3, 0.9, 0.003, 1.5, false), 6);
                meters.onWaiting();

                assertThat(get(server).body())
                        .contains(
                                "logitstream_student_lm{student=\"pd\"} 0.5",
                                "logitstream_student_tokens_total{student=\"pd\"} 128.0",
                                "logitstream_student_steps_total{student=\"pd\"} 2.0",
                                "logitstream_student_learning_rate{student=\"pd\"} 0.003",
                                "logitstream_student_lag_records{student=\"pd\"} 6.0",
                                "logitstream_student_progress{student=\"pd\"} 0.3",
                                "logitstream_student_waits_total{student=\"pd\"} 1.0");
            }
            assertThat(get(server).body()).doesNotContain("logitstream_student");
        }
    }

    @Test
    void theLastEvaluationOfAStudentStays() throws Exception {
        try (MetricsServer server = MetricsServer.start(ANY_PORT);
                StudentMeters meters = new StudentMeters(Metrics.globalRegistry, "evaluated")) {
            meters.onStep(
                    new StepMetrics(
                            2,
                            128,
                            0,
                            0.4,
                            0.25,
                            0.3,
                            0.9,
                            0.8,
                            0.003,
                            1.5,
                            false,
                            new HeldOutMetrics(2.5, 12.25, 1.25, 0.0625)),
                    7);
            meters.onStep(new StepMetrics(3, 192, 0, 0.4, 0.5, 0.3, 0.9, 0.003, 1.5, false), 6);

            assertThat(get(server).body())
                    .contains(
                            "logitstream_student_held_out_loss{student=\"evaluated\"} 2.5",
                            "logitstream_student_held_out_bits_per_byte{student=\"evaluated\"} 1.25",
                            "logitstream_student_held_out_perplexity{student=\"evaluated\"} 12.25",
                            "logitstream_student_held_out_calibration_error{student=\"evaluated\"} 0.0625");
        }
    }

    @Test
    void twoStudentsAreApart() throws Exception {
        try (MetricsServer server = MetricsServer.start(ANY_PORT);
                StudentMeters pd = new StudentMeters(Metrics.globalRegistry, "pd");
                StudentMeters lm = new StudentMeters(Metrics.globalRegistry, "lm")) {
            pd.onStart(0, 10, 5);
            lm.onStart(0, 10, 6);

            assertThat(get(server).body())
                    .contains(
                            "logitstream_student_parameters{student=\"pd\"} 5.0",
                            "logitstream_student_parameters{student=\"lm\"} 6.0");
        }
    }

    @Test
    void teacherAndPublisherAreServed() throws Exception {
        try (MetricsServer server = MetricsServer.start(ANY_PORT);
                PublishMeters publisher =
                        new PublishMeters(Metrics.globalRegistry, "tokens", (batches, tokens, part) -> {})) {
            int[] heard = new int[1];
            new TeachMeters(Metrics.globalRegistry, (tokens, kept, bytes) -> heard[0] += tokens).onBatch(64, 500, 4000);
            publisher.committed(3, 192, 0.5);

            assertThat(heard[0]).isEqualTo(64);
            assertThat(get(server).body())
                    .contains(
                            "logitstream_teacher_tokens_total 64.0",
                            "logitstream_teacher_record_bytes_total 4000.0",
                            "logitstream_publisher_committed_batches{topic=\"tokens\"} 3.0");
        }
    }

    @Test
    void theProcessIsServedInPrometheusFormat() throws Exception {
        try (MetricsServer server = MetricsServer.start(ANY_PORT)) {
            HttpResponse<String> response = get(server);

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
            assertThat(response.body())
                    .contains(
                            "# TYPE jvm_memory_used_bytes gauge",
                            "process_cpu_usage",
                            "# TYPE process_resident_memory_bytes gauge");
            HttpRequest post = HttpRequest.newBuilder(address(server))
                    .POST(HttpRequest.BodyPublishers.ofString("x"))
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(post, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(405);
        }
    }

    @Test
    void theHealthCheckHearsAServerAndMissesOne() {
        int port;
        try (MetricsServer server = MetricsServer.start(ANY_PORT)) {
            port = server.port();

            assertThat(HealthCheck.answers(port)).isTrue();
        }
        assertThat(HealthCheck.answers(port)).isFalse();
    }

    @Test
    void kafkasClientsAreServed() throws Exception {
        KafkaSettings kafka =
                KafkaMeters.reporting(ANY_PORT, new KafkaSettings("127.0.0.1:1", null, Map.of("client.id", "watched")));
        Properties properties = kafka.consumer(1000);
        try (MetricsServer server = MetricsServer.start(ANY_PORT)) {
            try (KafkaConsumer<byte[], byte[]> consumer =
                    new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                assertThat(consumer.metrics()).isNotEmpty();

                assertThat(get(server).body())
                        .contains("kafka_consumer_fetch_manager_records_consumed_total{client_id=\"watched\"")
                        .contains("kafka_consumer_fetch_manager_records_lag_max{client_id=\"watched\"");
            }
            assertThat(get(server).body()).doesNotContain("watched");
        }
    }

    @Test
    void aReporterOfTheUsersStays() {
        KafkaSettings kafka = KafkaMeters.reporting(
                ANY_PORT, new KafkaSettings("a:1", null, Map.of("metric.reporters", "my.Reporter")));

        assertThat(kafka.properties()).containsEntry("metric.reporters", "my.Reporter," + KafkaMeters.class.getName());
        assertThat(KafkaMeters.reporting(new MetricsConfig(null, null), kafka)).isSameAs(kafka);
    }

    @Test
    void noneIsServedWithoutAPort() {
        assertThat(MetricsServer.start(new MetricsConfig(null, null))).isNull();
    }

    @Test
    void anAddressThatIsTakenIsRefused() {
        try (MetricsServer server = MetricsServer.start(ANY_PORT)) {
            assertThatThrownBy(() -> MetricsServer.start(new MetricsConfig(null, server.port())))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("127.0.0.1:" + server.port())
                    .hasMessageContaining("choose another metrics.port");
        }
        assertThatThrownBy(() -> new MetricsConfig(null, 70000))
                .isInstanceOf(UsageException.class)
                .hasMessage("metrics.port 70000 is not in [0, 65535]");
    }

    private static URI address(MetricsServer server) {
        return URI.create("http://127.0.0.1:" + server.port() + "/metrics");
    }

    private static HttpResponse<String> get(MetricsServer server) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address(server)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
