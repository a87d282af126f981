package io.logitstream.schemas.archive;

import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaParseException;
import org.apache.avro.SchemaParser;

/** The Avro schema of an archive's files: a record's address, time, key and headers around its value. */
final class ArchiveSchema {
    private static final String NAMESPACE = "io.logitstream.archive";
    private static final String VALUE = "value";
    private static final String NAME = "ArchivedRecord";

    private ArchiveSchema() {}

    /** The schema of a file whose records have values of one schema. */
    static Schema around(Schema value) {
        Schema header = SchemaBuilder.record("Header")
                .namespace(NAMESPACE)
                .fields()
                .requiredString("key")
                .name(VALUE)
                .type()
                .unionOf()
                .nullType()
                .and()
                .bytesType()
                .endUnion()
                .noDefault()
                .endRecord();
        return SchemaBuilder.record(NAME)
                .namespace(NAMESPACE)
                .doc("A record of a Kafka topic.")
                .fields()
                .requiredLong("offset")
                .name("timestamp")
                .doc("Milliseconds since 1970.")
                .type()
                .longType()
                .noDefault()
                .requiredString("key")
                .name("headers")
                .type(Schema.createArray(header))
                .noDefault()
                .name(VALUE)
                .type(value)
                .noDefault()
                .endRecord();
    }

    /**
     * The schema of the values of a file.
     *
     * @param text schema of the file, as it stands in its header
     * @throws SchemaParseException when it is none, or not that of an archive's file
     */
    static Schema valueOf(String text) {
        Schema file = new SchemaParser().parse(text).mainSchema();
        if (file.getType() != Schema.Type.RECORD || !file.getFullName().equals(NAMESPACE + "." + NAME)) {
            throw new SchemaParseException("it holds " + file.getFullName() + " instead of records of a topic");
        }
        Schema.Field value = file.getField(VALUE);
        if (value == null || !around(value.schema()).equals(file)) {
            throw new SchemaParseException("its schema is not that of an archive's file");
        }
        return value.schema();
    }
}
