package io.logitstream.benchmarks;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.stream.TeacherStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How the teacher stream's throughput grows with its instances, where a batch costs a fixed time that needs no processor:
 * each instance sleeps after a tiny batch, as if a device of its own computed a large one. Then a further instance joins,
 * and the longest pause of one that is there already shows what a rebalance stops.
 *
 * <p>Arguments, all optional: milliseconds of a batch, seconds of a measurement.
 */
@SuppressWarnings({"FutureReturnValueIgnored", "NonAtomicVolatileUpdate"}) // One thread writes; flush waits for sends.
public final class TeacherScaleBenchmark {
    private static final Path TEACHER = Path.of("teachers/java-4m");
    private static final int PARTITIONS = 8;
    private static final int CONTEXT = 8;
    private static final int RECORDS = 4000;

    private TeacherScaleBenchmark() {}

    /** One instance: sleeps for each batch, counts them and watches its pauses. */
    private static final class Instance implements TeachListener {
        private final long costMs;
        private volatile long batches;
        private volatile long longestPause;
        private long last;

        Instance(long costMs) {
            this.costMs = costMs;
        }

        @Override
        public void onBatch(int tokens, int kept, int bytes) {
            try {
                Thread.sleep(costMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            long now = System.nanoTime();
            longestPause = last == 0 ? 0 : Math.max(longestPause, now - last);
            last = now;
            batches++;
        }
    }

    /** Prints batches per second and the efficiency for 1, 2, 4 and 8 instances, and the pause. */
    public static void main(String[] arguments) throws Exception {
        long costMs = arguments.length > 0 ? Long.parseLong(arguments[0]) : 250;
        long seconds = arguments.length > 1 ? Long.parseLong(arguments[1]) : 20;
        Torch.start(1);
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        try (EmbeddedCluster cluster =
                EmbeddedCluster.start(Files.createTempDirectory("teacher-scale"), EmbeddedSettings.defaults())) {
            KafkaSettings kafka = new KafkaSettings(
                    cluster.bootstrapServers(),
                    cluster.schemaRegistry(),
                    // What a teacher that is really so slow gets, by being measured at start.
                    Map.of(
                            "consumer.max.poll.records",
                            Long.toString(Math.max(1, 1000 / costMs)),
                            "streams.commit.interval.ms",
                            Long.toString(Math.min(2000, 5 * costMs))));
            for (int count = 1; count <= PARTITIONS; count *= 2) {
                String topic = "scale-" + count;
                publish(kafka, topic);
                List<Instance> instances = new ArrayList<>();
                List<TeacherStream> streams = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    start(kafka, topic, config, new Instance(costMs), instances, streams);
                }
                awaitAll(instances);
                long before = total(instances);
                long began = System.nanoTime();
                Thread.sleep(1000 * seconds);
                double perSecond = (total(instances) - before) / ((System.nanoTime() - began) / 1e9);
                System.out.printf(
                        "%d instances: %.2f batches/s, efficiency %.3f%n",
                        count, perSecond, perSecond * costMs / 1000 / count);
                if (count == 2) {
                    Instance present = instances.get(0);
                    present.longestPause = 0;
                    start(kafka, topic, config, new Instance(costMs), instances, streams);
                    awaitAll(instances);
                    System.out.printf(
                            "a third joins: longest pause of the first %,.0f ms; a batch takes %d ms%n",
                            present.longestPause / 1e6, costMs);
                }
                streams.forEach(TeacherStream::close);
            }
        }
    }

    private static void start(
            KafkaSettings kafka,
            String topic,
            TeachConfig config,
            Instance instance,
            List<Instance> instances,
            List<TeacherStream> streams)
            throws Exception {
        instances.add(instance);
        // Each instance has a teacher of its own, since a stream that ends closes it.
        TeacherModel teacher = TeacherLoader.load(TEACHER, config, new SelectionConfig(0.95, 50));
        streams.add(TeacherStream.start(
                new StreamSettings(
                        kafka,
                        new StreamTopics(topic, topic + "-logits", topic + "-dead"),
                        config,
                        new BatchShape(1, CONTEXT),
                        16 << 20,
                        Files.createTempDirectory("teacher-scale-state")),
                teacher,
                instance));
    }

    private static void awaitAll(List<Instance> instances) throws InterruptedException {
        List<Long> before = instances.stream().map(instance -> instance.batches).toList();
        boolean all = false;
        while (!all) {
            Thread.sleep(100);
            all = true;
            for (int i = 0; i < instances.size(); i++) {
                all &= instances.get(i).batches > before.get(i) + 8;
            }
        }
    }

    private static long total(List<Instance> instances) {
        return instances.stream().mapToLong(instance -> instance.batches).sum();
    }

    private static void publish(KafkaSettings kafka, String topic) throws Exception {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(admin, settings(topic), settings(topic + "-logits"), settings(topic + "-dead"));
        }
        try (Tokenizer tokenizer = Tokenizer.load(TEACHER);
                SchemaRegistryClient registry = RegistryClients.create(kafka);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        kafka.producer(16 << 20), new ByteArraySerializer(), new ByteArraySerializer())) {
            AvroSerializer<TokenBatch> writer = new AvroSerializer<>(registry);
            for (int number = 0; number < RECORDS; number++) {
                TokenBatch batch = new TokenBatch(
                        "scale",
                        0,
                        number,
                        1,
                        CONTEXT + 1,
                        TokenBatches.bytes(new int[CONTEXT + 1]),
                        tokenizer.hash(),
                        tokenizer.vocabularySize(),
                        null,
                        null);
                producer.send(new ProducerRecord<>(
                        topic,
                        number % PARTITIONS,
                        BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8),
                        writer.serialize(topic, batch)));
            }
            producer.flush();
        }
    }

    private static TopicSettings settings(String topic) {
        return new TopicSettings(topic, PARTITIONS, null, null, null);
    }
}
