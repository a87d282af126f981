package io.logitstream.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.messages.ModelException;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.stream.StreamExceptions;
import io.logitstream.teacher.stream.StreamProperties;
import io.logitstream.teacher.stream.StreamStopRequest;
import io.logitstream.teacher.stream.TeacherTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A teacher whose weights hold NaN or infinity stops the stream: it is not the batches' fault. */
class NanTeacherTest {
    private static final TeachConfig CONFIG = new TeachConfig("broken", null, null, null, null, null);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "lm_head.weight, NaN",
        "lm_head.weight, Infinity",
        "model.norm.weight, NaN",
        "model.embed_tokens.weight, NaN",
        "model.layers.0.mlp.down_proj.weight, Infinity"
    })
    void itsPositionIsNamedWhateverIsKept(String tensor, float value) throws IOException {
        write(tensor, value);
        for (SelectionConfig selection : new SelectionConfig[] {
            new SelectionConfig(0.9, 7),
            new SelectionConfig("sampled", null, null, 20, 3L),
            new SelectionConfig("top-p", 0.9, null, null, null),
            new SelectionConfig("dense", null, null, null, null)
        }) {
            try (TeacherModel teacher = TeacherLoader.load(folder, CONFIG, selection)) {
                TokenBatch batch = TinyTeacher.batch(teacher, 2, 5, 1);

                assertThatThrownBy(() -> teacher.process(batch, new SparseLogits()))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContaining("teacher broken: its logits are not finite in row ")
                        .hasMessageNotContaining("\n");
                assertThatThrownBy(() -> teacher.measure(2, 4)).isInstanceOf(ModelException.class);
            }
        }
    }

    @Test
    void theStreamStopsAndNothingIsWrittenOrGivenUp() throws IOException {
        write("lm_head.weight", Float.NaN);
        StreamTopics topics = new StreamTopics("tokens", "logits", "dead-letters");
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        SwitchableTeacher current =
                new SwitchableTeacher(TeacherLoader.load(folder, CONFIG, new SelectionConfig(0.9, 7)));
        TeacherTopology.Dependencies parts = new TeacherTopology.Dependencies(
                current,
                LogitsCodecs.byName("plain"),
                registry,
                true,
                1 << 20,
                (predicted, kept, bytes) -> {},
                new TopicIdentity("tokens", Uuid.randomUuid().toString(), 1),
                new ConfirmedSetup(),
                new StreamStopRequest());
        try (TopologyTestDriver driver = new TopologyTestDriver(
                TeacherTopology.buildTopology(topics.tokens(), topics.logits(), parts),
                StreamProperties.of(
                        new KafkaSettings("nowhere:1", null, Map.of()),
                        topics,
                        CONFIG,
                        1 << 20,
                        10,
                        folder.resolve("state")))) {
            TestInputTopic<String, byte[]> tokens =
                    driver.createInputTopic("tokens", new StringSerializer(), new ByteArraySerializer());
            byte[] value;
            try (SwitchableTeacher.Lease lease = current.hold()) {
                value = new AvroSerializer<TokenBatch>(registry)
                        .serialize("tokens", TinyTeacher.batch(lease.teacher(), 2, 5, 7));
            }

            assertThatThrownBy(() -> tokens.pipeInput("demo/00002/0000007", value))
                    .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                            .hasMessageContainingAll(
                                    "tokens-0@0",
                                    "demo/00002/0000007",
                                    "teacher broken",
                                    "not finite",
                                    "row 0 at position 0")
                            .hasMessageNotContaining("\n"));

            assertThat(driver.createOutputTopic("dead-letters", new StringDeserializer(), new ByteArrayDeserializer())
                            .isEmpty())
                    .isTrue();
            assertThat(driver.createOutputTopic("logits", new StringDeserializer(), new ByteArrayDeserializer())
                            .isEmpty())
                    .isTrue();
        } finally {
            current.close();
        }
    }

    private void write(String tensor, float value) throws IOException {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        Path file = folder.resolve("model.safetensors");
        try (NDManager scope = Torch.newScope("cpu");
                SafeTensors saved = SafeTensors.open(file)) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            saved.names().forEach(name -> tensors.put(name, saved.read(scope, name, DataType.FLOAT32)));
            tensors.get(tensor).muli(0).addi(value);
            SafeTensorsWriter.write(file, tensors, DataType.FLOAT32);
        }
    }
}
