package io.logitstream.schemas.registry;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.schemas.LogitsBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Schemas and bytes of records of earlier releases. */
public final class OldRecords {

    private OldRecords() {}

    /** The bytes that a release wrote for the sample of a schema. */
    public static byte[] bytes(String release, String name) throws IOException {
        return HexFormat.of().parseHex(text(release, name + ".hex").replaceAll("\\s", ""));
    }

    /** The bytes that release 0.1.0 would have written for a record, whose schema has no document end. */
    public static byte[] withoutDocumentEnd(LogitsBatch record) throws IOException {
        Schema.Parser parser = new Schema.Parser();
        parser.parse(text("0.1.0", "TokenBatch.avsc"));
        Schema schema = parser.parse(text("0.1.0", "LogitsBatch.avsc"));
        byte[] today = new AvroSerializer<LogitsBatch>(new MockSchemaRegistryClient()).serialize("topic", record);
        GenericRecord read = new GenericDatumReader<GenericRecord>(LogitsBatch.getClassSchema(), schema)
                .read(null, DecoderFactory.get().binaryDecoder(today, 5, today.length - 5, null));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(1).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(schema).write(read, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    static String text(String release, String file) throws IOException {
        try (InputStream in = OldRecords.class.getResourceAsStream("records-" + release + "/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
