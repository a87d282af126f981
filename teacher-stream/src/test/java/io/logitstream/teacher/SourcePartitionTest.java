package io.logitstream.teacher;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.stream.StreamStopRequest;
import io.logitstream.teacher.stream.TeacherProcessor;
import io.logitstream.teacher.stream.TeacherTopology;
import io.logitstream.teacher.stream.TeacherTopology.EnrichedRecord;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.InternalFixedKeyRecordFactory;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apart from {@code TeacherTopologyTest} because Kafka's test driver knows partition 0 only. */
class SourcePartitionTest {
    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final List<EnrichedRecord> forwarded = new ArrayList<>();

    @Test
    void batchAndEndMarkerGoToThePartitionTheyCameFrom(@TempDir Path folder) throws Exception {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        try (TeacherModel teacher = TeacherLoader.load(
                folder, new TeachConfig(null, null, null, null, null, null), new SelectionConfig(null, null))) {
            TeacherProcessor processor = new TeacherProcessor(
                    "logits",
                    new TeacherTopology.Dependencies(
                            new SwitchableTeacher(teacher),
                            LogitsCodecs.byName("plain"),
                            registry,
                            true,
                            1 << 20,
                            (tokens, kept, bytes) -> {},
                            new TopicIdentity("tokens", null, 8),
                            new ConfirmedSetup(),
                            new StreamStopRequest()));
            processor.init(context(new Metadata("tokens", 5, 99)));

            processor.process(record(TinyTeacher.batch(teacher, 1, 4, 1)));
            processor.process(
                    record(TokenBatches.endMarker("demo", teacher.tokenizerHash(), TinyTeacher.VOCABULARY, 1, 3)));
        }

        assertThat(forwarded).extracting(EnrichedRecord::partition).containsExactly(5, 5);
        for (EnrichedRecord enriched : forwarded) {
            assertThat(TeacherTopology.SAME_PARTITION.partitions("logits", new byte[] {1}, enriched, 8))
                    .isEqualTo(Optional.of(Set.of(5)));
        }
    }

    private record Metadata(String topic, int partition, long offset) implements RecordMetadata {}

    @SuppressWarnings("unchecked")
    private FixedKeyProcessorContext<byte[], EnrichedRecord> context(RecordMetadata metadata) {
        return (FixedKeyProcessorContext<byte[], EnrichedRecord>) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {FixedKeyProcessorContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "recordMetadata" -> Optional.of(metadata);
                    case "forward" -> {
                        forwarded.add((EnrichedRecord) ((FixedKeyRecord<?, ?>) arguments[0]).value());
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private FixedKeyRecord<byte[], byte[]> record(TokenBatch batch) {
        return InternalFixedKeyRecordFactory.create(new Record<>(
                BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8),
                new AvroSerializer<TokenBatch>(registry).serialize("tokens", batch),
                0));
    }
}
