package io.logitstream.schemas.registry;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Serializer of record values in Confluent's wire format: byte 0, the schema id as 4 bytes in big-endian order, Avro
 * binary. The schema's subject is {@code <topic>-value}; the schema is registered or looked up once per topic.
 * Thread-safe.
 *
 * @param <T> type of the record
 */
public final class AvroSerializer<T extends SpecificRecord> implements Serializer<T> {

    static final byte MAGIC = 0;
    static final int HEADER_BYTES = 5;

    private final SchemaRegistryClient registry;
    private final boolean autoRegister;
    private final Map<String, Integer> idByTopic = new ConcurrentHashMap<>();

    /** Creates a serializer that registers missing schemas. */
    public AvroSerializer(SchemaRegistryClient registry) {
        this(registry, true);
    }

    /**
     * Creates a serializer.
     *
     * @param registry shared client, closed by its owner
     * @param autoRegister whether to register missing schemas; see
     *     {@link KafkaSettings#autoRegisterSchemas()}
     */
    public AvroSerializer(SchemaRegistryClient registry, boolean autoRegister) {
        this.registry = registry;
        this.autoRegister = autoRegister;
    }

    /**
     * Serializes a record.
     *
     * @return null for null
     * @throws LogitstreamException if the registry is unreachable or refuses the schema
     * @throws SerializationException if the record lacks a field that must be set
     */
    @Override
    public byte[] serialize(String topic, T record) {
        if (record == null) {
            return null;
        }
        Integer id = idByTopic.get(topic);
        if (id == null) {
            // Not in computeIfAbsent, which would hold a lock during the HTTP request. A second request returns the
            // same id.
            id = schemaId(topic, record.getSchema());
            idByTopic.put(topic, id);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putInt(id).array());
        try {
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
            new SpecificDatumWriter<T>(record.getSchema(), RecordModel.INSTANCE).write(record, encoder);
            encoder.flush();
        } catch (IOException | RuntimeException e) {
            throw new SerializationException(
                    "topic " + topic + ": the " + record.getSchema().getName() + " cannot be written: "
                            + FailureText.of(e),
                    e);
        }
        return out.toByteArray();
    }

    private int schemaId(String topic, Schema schema) {
        String subject = topic + "-value";
        AvroSchema portable = new AvroSchema(portable(schema));
        try {
            return autoRegister ? registry.register(subject, portable) : registry.getId(subject, portable);
        } catch (IOException e) {
            throw RegistryClients.unreachable("subject " + subject, e);
        } catch (RestClientException e) {
            String outcome = autoRegister ? " was refused: " : " was not found, and auto.register.schemas is off: ";
            throw new LogitstreamException(
                    "schema registry, subject " + subject + ": the schema of " + schema.getName() + outcome
                            + FailureText.of(e),
                    e);
        }
    }

    /**
     * The schema as in src/main/avro, without Java's string type, so that a schema registered by hand from there is
     * found.
     */
    static String portable(Schema schema) {
        return schema.toString().replace("{\"type\":\"string\",\"avro.java.string\":\"String\"}", "\"string\"");
    }
}
