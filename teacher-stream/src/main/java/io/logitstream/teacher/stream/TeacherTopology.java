package io.logitstream.teacher.stream;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.lookahead.LookAhead;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * Topology of the stream: tokens topic, teacher, logits topic. Records are read and written as bytes. Decoding is part
 * of processing, so that a record that cannot be decoded goes to the dead letters like any other unusable record.
 */
public final class TeacherTopology {
    /**
     * Dependencies of the processors, shared by all of them.
     *
     * @param teacher current teacher
     * @param codec codec of the payloads
     * @param registry schema registry
     * @param autoRegister whether to register the schema of the logits topic
     * @param maxRecordBytes largest record of the logits topic, in bytes
     * @param listener notified of each batch
     * @param source identity of the tokens topic when the stream was started
     * @param confirmed parts of the setup that records have confirmed
     * @param stop request to stop at the next record
     * @param lookAhead batches that are scored before their records arrive; null if there are none
     * @param commits when to commit; null for the interval of Kafka Streams alone
     */
    public record Dependencies(
            SwitchableTeacher teacher,
            LogitsCodec codec,
            SchemaRegistryClient registry,
            boolean autoRegister,
            int maxRecordBytes,
            TeachListener listener,
            TopicIdentity source,
            ConfirmedSetup confirmed,
            StreamStopRequest stop,
            LookAhead lookAhead,
            CommitPolicy commits) {
        /** Dependencies of processors that commit by the interval of Kafka Streams alone. */
        public Dependencies(
                SwitchableTeacher teacher,
                LogitsCodec codec,
                SchemaRegistryClient registry,
                boolean autoRegister,
                int maxRecordBytes,
                TeachListener listener,
                TopicIdentity source,
                ConfirmedSetup confirmed,
                StreamStopRequest stop,
                LookAhead lookAhead) {
            this(
                    teacher,
                    codec,
                    registry,
                    autoRegister,
                    maxRecordBytes,
                    listener,
                    source,
                    confirmed,
                    stop,
                    lookAhead,
                    null);
        }

        /** Dependencies of processors that score each batch when its record arrives. */
        public Dependencies(
                SwitchableTeacher teacher,
                LogitsCodec codec,
                SchemaRegistryClient registry,
                boolean autoRegister,
                int maxRecordBytes,
                TeachListener listener,
                TopicIdentity source,
                ConfirmedSetup confirmed,
                StreamStopRequest stop) {
            this(teacher, codec, registry, autoRegister, maxRecordBytes, listener, source, confirmed, stop, null);
        }
    }

    /** Sends each batch to the partition of the logits topic that has the number of its source partition. */
    public static final StreamPartitioner<byte[], EnrichedRecord> SAME_PARTITION =
            (topic, key, enriched, partitions) -> Optional.of(Set.of(enriched.partition()));

    private TeacherTopology() {}

    /**
     * Builds the topology.
     *
     * @param tokensTopic topic of token batches
     * @param logitsTopic topic of token batches with logits, with the same number of partitions
     * @param dependencies dependencies of the processors
     */
    public static Topology buildTopology(String tokensTopic, String logitsTopic, Dependencies dependencies) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(tokensTopic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .processValues(() -> new TeacherProcessor(logitsTopic, dependencies))
                .to(
                        logitsTopic,
                        Produced.with(Serdes.ByteArray(), enrichedSerde()).withStreamPartitioner(SAME_PARTITION));
        return builder.build();
    }

    private static Serde<EnrichedRecord> enrichedSerde() {
        return Serdes.serdeFrom((topic, enriched) -> enriched.value(), (topic, bytes) -> new EnrichedRecord(bytes, -1));
    }

    /**
     * An output record.
     *
     * @param value the logits batch in Confluent's wire format
     * @param partition partition that its token batch was read from
     */
    public record EnrichedRecord(byte[] value, int partition) {}
}
