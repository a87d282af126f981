package io.logitstream.embedded.registry;

import io.logitstream.messages.FailureText;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/** Parses Avro schemas and writes them in a canonical form. */
final class SchemaText {

    private SchemaText() {}

    /**
     * The form in which a schema is stored and compared: without white space and with full names.
     *
     * @throws RegistryException if the text is not an Avro schema
     */
    static String canonical(String text) {
        return parse(text).toString();
    }

    /**
     * Parses a schema.
     *
     * @throws RegistryException if the text is not an Avro schema
     */
    static Schema parse(String text) {
        try {
            return new Schema.Parser().parse(text);
        } catch (AvroRuntimeException e) {
            throw new RegistryException(RegistryException.INVALID_SCHEMA, "Not an Avro schema: " + FailureText.of(e));
        } catch (StackOverflowError e) {
            throw new RegistryException(
                    RegistryException.INVALID_SCHEMA, "Not an Avro schema: it is nested too deeply");
        }
    }
}
