package io.logitstream.teacher;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.stream.DeadLetterHandler;
import io.logitstream.teacher.stream.StreamProperties;
import io.logitstream.teacher.stream.StreamStopRequest;
import io.logitstream.teacher.stream.TeacherTopology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/** A stream with a tiny teacher in Kafka's test driver. */
final class StreamFixture implements AutoCloseable {
    static final TopicIdentity SOURCE =
            new TopicIdentity("tokens", Uuid.randomUuid().toString(), 1);

    final TeacherModel teacher;
    final StreamStopRequest stop = new StreamStopRequest();
    final ConfirmedSetup proofs = new ConfirmedSetup();
    final TestInputTopic<byte[], byte[]> tokens;
    final TestOutputTopic<String, byte[]> logits;
    final TestOutputTopic<byte[], byte[]> deadLetters;
    private final SchemaRegistryClient registry;
    private final TopologyTestDriver driver;

    StreamFixture(Path folder, SchemaRegistryClient registry) throws IOException {
        this.registry = registry;
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        TeachConfig config = new TeachConfig("tiny", null, null, null, null, null);
        teacher = TeacherLoader.load(folder, config, new SelectionConfig(0.9, 7));
        TeacherTopology.Dependencies parts = new TeacherTopology.Dependencies(
                new SwitchableTeacher(teacher),
                LogitsCodecs.byName("plain"),
                registry,
                true,
                1 << 20,
                (predicted, kept, bytes) -> {},
                SOURCE,
                proofs,
                stop);
        Properties properties = StreamProperties.of(
                new KafkaSettings("nowhere:1", null, Map.of()),
                new StreamTopics("tokens", "logits", "dead-letters"),
                config,
                1 << 20,
                10,
                folder.resolve("state"));
        properties.put(DeadLetterHandler.SOURCE, SOURCE);
        driver = new TopologyTestDriver(TeacherTopology.buildTopology("tokens", "logits", parts), properties);
        tokens = driver.createInputTopic("tokens", new ByteArraySerializer(), new ByteArraySerializer());
        logits = driver.createOutputTopic("logits", new StringDeserializer(), new ByteArrayDeserializer());
        deadLetters =
                driver.createOutputTopic("dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    TokenBatch batch(int number) {
        return TinyTeacher.batch(teacher, 1, 4, number);
    }

    byte[] bytes(TokenBatch batch) {
        return new AvroSerializer<TokenBatch>(registry).serialize("tokens", batch);
    }

    static byte[] key(TokenBatch batch) {
        return BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8);
    }

    void put(TokenBatch batch) {
        tokens.pipeInput(key(batch), bytes(batch));
    }

    LogitsBatch nextLogits() {
        return new AvroDeserializer<>(registry, LogitsBatch.class).deserialize("logits", logits.readValue());
    }

    @Override
    public void close() {
        driver.close();
        teacher.close();
    }
}
