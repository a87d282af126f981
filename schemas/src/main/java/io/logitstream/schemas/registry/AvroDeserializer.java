package io.logitstream.schemas.registry;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.RegistryClients;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Deserializer of the records that {@link AvroSerializer} writes, including those of older and newer schemas that
 * resolve to this version's schema. Not thread-safe: each consumer needs its own instance, but the registry client may
 * be shared.
 *
 * <p>A {@link SerializationException} means that the record can never be read. Its subclass {@link
 * UnresolvedSchemaException} means that the registry does not have the expected schema under the record's id, which may
 * be the fault of the record or of the registry. A {@link LogitstreamException} means that the registry did not answer,
 * so nothing is known about the record and it must not be skipped.
 *
 * @param <T> type of the record
 */
public final class AvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {

    private static final int NOT_FOUND = 404;
    private static final String ASK_FOR_REGISTRY = "is this the registry that the topic was written with?";

    private final SchemaRegistryClient registry;
    private final Schema schema;
    private final Map<Integer, SpecificDatumReader<T>> readerById = new HashMap<>();
    private BinaryDecoder decoder;

    /**
     * Creates a deserializer.
     *
     * @param registry shared client, closed by its owner
     * @param type generated class of the record
     */
    public AvroDeserializer(SchemaRegistryClient registry, Class<T> type) {
        this.registry = registry;
        this.schema = RecordModel.INSTANCE.getSchema(type);
    }

    /**
     * Deserializes a record.
     *
     * @return null for null
     * @throws SerializationException if the record cannot be read; the message names the topic
     * @throws UnresolvedSchemaException if the registry has another schema, or none, under the record's id
     * @throws LogitstreamException if the registry cannot be asked
     */
    @Override
    public T deserialize(String topic, byte[] data) {
        if (data == null) {
            return null;
        }
        if (data.length < AvroSerializer.HEADER_BYTES) {
            throw unreadable(topic, data.length + " bytes are too few for Confluent's wire format", null);
        }
        if (data[0] != AvroSerializer.MAGIC) {
            throw unreadable(
                    topic,
                    "it begins with byte " + data[0] + " instead of 0, so it is not in Confluent's wire format",
                    null);
        }
        int id = ByteBuffer.wrap(data).getInt(1);
        SpecificDatumReader<T> reader = readerById.get(id);
        if (reader == null) {
            reader = reader(topic, id);
            readerById.put(id, reader);
        }
        try {
            // When it reads an array, Avro compares each length with the remaining bytes before it allocates.
            decoder = DecoderFactory.get()
                    .binaryDecoder(
                            data, AvroSerializer.HEADER_BYTES, data.length - AvroSerializer.HEADER_BYTES, decoder);
            T record = reader.read(null, decoder);
            if (!decoder.isEnd()) {
                throw unreadable(topic, "bytes are left over after the " + schema.getName(), null);
            }
            return record;
        } catch (SerializationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw unreadable(
                    topic, "corrupt " + schema.getName() + " of schema id " + id + " (" + FailureText.of(e) + ")", e);
        }
    }

    /**
     * Reads a record with this version's schema, whatever its schema id, without asking the registry.
     *
     * @return the record; empty if the bytes are not exactly one record of this version's schema
     */
    public Optional<T> readAsCurrent(byte[] data) {
        if (data == null || data.length < AvroSerializer.HEADER_BYTES || data[0] != AvroSerializer.MAGIC) {
            return Optional.empty();
        }
        try {
            BinaryDecoder bytes = DecoderFactory.get()
                    .binaryDecoder(data, AvroSerializer.HEADER_BYTES, data.length - AvroSerializer.HEADER_BYTES, null);
            T record = new SpecificDatumReader<T>(schema, schema, RecordModel.INSTANCE).read(null, bytes);
            return bytes.isEnd() ? Optional.of(record) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private SpecificDatumReader<T> reader(String topic, int id) {
        Schema writer = writerSchema(topic, id);
        SchemaCompatibility.SchemaPairCompatibility compatibility =
                SchemaCompatibility.checkReaderWriterCompatibility(schema, writer);
        if (compatibility.getType() != SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE) {
            boolean version = writer.getFullName().equals(schema.getFullName());
            throw unresolved(
                    topic,
                    "its schema id " + id + " (" + writer.getFullName() + ") does not resolve to this version's "
                            + schema.getName()
                            + (version
                                    ? ": " + incompatibilities(compatibility)
                                            + "; read it with a version that knows the schema"
                                    : "; " + ASK_FOR_REGISTRY),
                    id,
                    true,
                    null);
        }
        return new SpecificDatumReader<>(writer, schema, RecordModel.INSTANCE);
    }

    private Schema writerSchema(String topic, int id) {
        ParsedSchema parsed;
        try {
            parsed = registry.getSchemaById(id);
        } catch (IOException e) {
            throw RegistryClients.unreachable("schema id " + id + " of topic " + topic, e);
        } catch (RestClientException e) {
            if (e.getStatus() == NOT_FOUND) {
                throw unresolved(
                        topic, "the schema registry has no schema id " + id + "; " + ASK_FOR_REGISTRY, id, false, e);
            }
            throw new LogitstreamException(
                    "schema registry, schema id " + id + " of topic " + topic + ": " + FailureText.of(e), e);
        }
        if (parsed.rawSchema() instanceof Schema writer) {
            return writer;
        }
        throw unresolved(
                topic,
                "its schema id " + id + " is of type " + parsed.schemaType() + " instead of AVRO; " + ASK_FOR_REGISTRY,
                id,
                true,
                null);
    }

    private static String incompatibilities(SchemaCompatibility.SchemaPairCompatibility compatibility) {
        StringBuilder text = new StringBuilder();
        for (SchemaCompatibility.Incompatibility each :
                compatibility.getResult().getIncompatibilities()) {
            text.append(text.isEmpty() ? "" : "; ")
                    .append(each.getMessage())
                    .append(" (")
                    .append(each.getType())
                    .append(" at ")
                    .append(each.getLocation())
                    .append(')');
        }
        return text.toString();
    }

    private static UnresolvedSchemaException unresolved(
            String topic, String detail, int id, boolean known, Throwable cause) {
        return new UnresolvedSchemaException("topic " + topic + ": unreadable record: " + detail, id, known, cause);
    }

    private static SerializationException unreadable(String topic, String detail, Throwable cause) {
        return new SerializationException("topic " + topic + ": unreadable record: " + detail, cause);
    }
}
