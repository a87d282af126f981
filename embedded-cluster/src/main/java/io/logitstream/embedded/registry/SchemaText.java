package io.logitstream.embedded.registry;

import io.logitstream.messages.FailureText;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/** Avro schemas from and to text. */
final class SchemaText {

    private SchemaText() {}

    /**
     * The schema in the form in which it is kept and compared, without white space and with full names.
     *
     * @throws RegistryException if it is not an Avro schema
     */
    static String canonical(String text) {
        return parse(text).toString();
    }

    /** @throws RegistryException as {@link #canonical} */
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
