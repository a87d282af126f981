package io.logitstream.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.pipeline.config.MetricsConfig;
import io.logitstream.pipeline.metrics.ClusterMeters;
import io.logitstream.pipeline.metrics.ClusterSurvey;
import io.logitstream.pipeline.metrics.KafkaMeters;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.metrics.PublishMeters;
import io.logitstream.pipeline.metrics.StudentMeters;
import io.logitstream.pipeline.metrics.TeachMeters;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.student.metrics.HeldOutMetrics;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.teacher.served.ServerTraffic;
import io.micrometer.core.instrument.Metrics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every metric that dashboards and alerts query is served by a process with all meters, and documented. */
class DashboardsIT {
    private static final Path DOCKER = Path.of("../docker");
    private static final Path METRICS = Path.of("../docs/reference/metrics.md");
    private static final Pattern NAME = Pattern.compile("\\b(?:logitstream|process|jvm|kafka|system)_\\w+");
    private static final String TOPIC = "tokens";

    @TempDir
    private static Path folder;

    private static String served;

    @BeforeAll
    static void scrapeAProcessWithAllMeters() throws Exception {
        MetricsConfig anyPort = new MetricsConfig(null, 0);
        try (EmbeddedCluster cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults());
                MetricsServer server = MetricsServer.start(anyPort);
                StudentMeters student = new StudentMeters(Metrics.globalRegistry, "pd");
                PublishMeters publisher =
                        new PublishMeters(Metrics.globalRegistry, TOPIC, (batches, tokens, part) -> {})) {
            KafkaSettings kafka = KafkaMeters.reporting(
                    anyPort, new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of()));
            // The pause meter starts with the first pause after its creation.
            System.gc();
            student.onStart(0, 640, 5);
            student.onStep(
                    new StepMetrics(
                            1,
                            64,
                            0,
                            0.4,
                            0.25,
                            0.3,
                            0.9,
                            0.8,
                            0.003,
                            1.5,
                            false,
                            new HeldOutMetrics(2.5, 12.2, 1.1, 0.05)),
                    7);
            student.onWaiting();
            student.onCheckpoint(1);
            publisher.committed(3, 192, 0.5);
            TeachMeters teacher = new TeachMeters(Metrics.globalRegistry, (tokens, kept, bytes) -> {});
            teacher.onTeacher(new Teacher("java-4m", "0123456789abcdef", null));
            teacher.onBatch(64, 500, 4000);
            teacher.onTextLoss(64, 200.5);
            teacher.onLookAhead(() -> 3);
            teacher.following(new ServerTraffic());
            Properties producing = kafka.producer(1000);
            try (KafkaProducer<byte[], byte[]> producer =
                            new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer());
                    ClusterSurvey survey = new ClusterSurvey(kafka)) {
                readHalf(kafka, producer);
                new ClusterMeters(Metrics.globalRegistry, survey).update();
                served = HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/metrics"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
            }
        }
    }

    /** Writes four records and commits the offset of the third for a group. */
    private static void readHalf(KafkaSettings kafka, KafkaProducer<byte[], byte[]> producer) throws Exception {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(admin, new TopicSettings(TOPIC, 2, null, null, null));
        }
        for (int i = 0; i < 4; i++) {
            producer.send(new ProducerRecord<>(TOPIC, 1, null, new byte[8])).get();
        }
        Properties consuming = kafka.consumer(1000);
        consuming.put("group.id", "readers");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.commitSync(Map.of(new TopicPartition(TOPIC, 1), new OffsetAndMetadata(3)));
        }
    }

    @AfterAll
    static void forgetTheTeacher() {
        Metrics.globalRegistry.clear();
    }

    @Test
    void theClusterIsMeasured() {
        assertThat(served.lines())
                .contains(
                        "logitstream_cluster_brokers 1.0",
                        "logitstream_topic_partitions{topic=\"tokens\"} 2.0",
                        "logitstream_topic_partitions_under_replicated{topic=\"tokens\"} 0.0",
                        "logitstream_topic_partitions_offline{topic=\"tokens\"} 0.0",
                        "logitstream_topic_offsets{topic=\"tokens\"} 4.0",
                        "logitstream_group_lag{group=\"readers\",topic=\"tokens\"} 1.0");
        assertThat(served)
                .containsPattern("logitstream_broker_log_bytes\\{broker=\"1\"\\} [1-9]")
                .containsPattern("logitstream_broker_disk_free_bytes\\{broker=\"1\"\\} [1-9]");
    }

    @Test
    void dashboardsAndAlertsAskForWhatIsServed() throws IOException {
        assertThat(asked()).hasSizeGreaterThan(25);
        assertThat(servedNames()).containsAll(asked());
    }

    @Test
    void theMetricsOfOursThatAreServedAreThoseThatAreDocumented() throws IOException {
        Set<String> documented = new TreeSet<>();
        // Each metric starts a list item, before its type.
        Matcher item = Pattern.compile("(?m)^- ((?:`\\w+`[,\\s]*)+) \\(").matcher(Files.readString(METRICS));
        while (item.find()) {
            NAME.matcher(item.group(1)).results().forEach(name -> documented.add(name.group()));
        }

        documented.removeIf(name -> !name.startsWith("logitstream_"));
        assertThat(servedNames().stream().filter(name -> name.startsWith("logitstream_")))
                .containsExactlyInAnyOrderElementsOf(documented);
    }

    private static Set<String> servedNames() {
        return served.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
    }

    @Test
    void whatDashboardsAskForIsDocumented() throws IOException {
        Set<String> documented = new TreeSet<>();
        Matcher matcher = Pattern.compile("`(\\w+)`").matcher(Files.readString(METRICS));
        while (matcher.find()) {
            documented.add(matcher.group(1));
        }

        assertThat(documented).containsAll(asked());
    }

    /** Metric names in the expressions of panels and alerts. */
    private static Set<String> asked() throws IOException {
        Set<String> expressions = new TreeSet<>();
        try (Stream<Path> files = Files.list(DOCKER.resolve("grafana/dashboards"))) {
            for (Path file : files.toList()) {
                collect(new ObjectMapper().readTree(file.toFile()), expressions);
            }
        }
        collect(
                new YAMLMapper()
                        .readTree(DOCKER.resolve("prometheus/alerts.yml").toFile()),
                expressions);
        Set<String> names = new TreeSet<>();
        for (String expression : expressions) {
            Matcher matcher = NAME.matcher(expression);
            while (matcher.find()) {
                names.add(matcher.group());
            }
        }
        return names;
    }

    private static void collect(JsonNode node, Set<String> expressions) {
        node.findValuesAsText("expr").forEach(expressions::add);
    }
}
