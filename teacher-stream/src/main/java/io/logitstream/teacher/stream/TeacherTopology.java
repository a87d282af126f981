package io.logitstream.teacher.stream;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * The stream: tokens topic, teacher, logits topic. Records are read and written as bytes, since decoding one is part of
 * processing it: what cannot be decoded is dead-lettered in the same way as what cannot be used.
 */
public final class TeacherTopology {
    /**
     * What the processor needs of its surroundings.
     *
     * @param source the tokens topic as it was when the stream was started
     * @param proofs what has been shown to fit
     * @param stop stops the stream from outside
     */
    public record Parts(
            SwitchableTeacher teacher,
            LogitsCodec codec,
            SchemaRegistryClient registry,
            boolean autoRegister,
            int maxRecordBytes,
            TeachListener listener,
            TopicIdentity source,
            ConfirmedSetup proofs,
            StreamStopRequest stop) {}

    /** Each batch goes to the partition it came from. */
    public static final StreamPartitioner<byte[], EnrichedRecord> SAME_PARTITION =
            (topic, key, enriched, partitions) -> Optional.of(Set.of(enriched.partition()));

    private TeacherTopology() {}

    /**
     * The topology.
     *
     * @param tokensTopic topic of token batches
     * @param logitsTopic topic with as many partitions, which receives each batch in the partition it came from
     * @param parts what the processor needs
     */
    public static Topology buildTopology(String tokensTopic, String logitsTopic, Parts parts) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(tokensTopic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .processValues(() -> new TeacherProcessor(logitsTopic, parts))
                .to(
                        logitsTopic,
                        Produced.with(
                                        Serdes.ByteArray(),
                                        Serdes.serdeFrom(
                                                (topic, enriched) -> enriched.value(),
                                                (topic, bytes) -> new EnrichedRecord(bytes, -1)))
                                .withStreamPartitioner(SAME_PARTITION));
        return builder.build();
    }

    /**
     * A record on its way out.
     *
     * @param value the logits batch in Confluent's wire format
     * @param partition the partition that its tokens came from
     */
    public record EnrichedRecord(byte[] value, int partition) {}
}
