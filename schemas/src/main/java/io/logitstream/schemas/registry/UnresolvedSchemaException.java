package io.logitstream.schemas.registry;

import org.apache.kafka.common.errors.SerializationException;

/**
 * The registry answers, but under the id that a record names it has no schema, or one that does not resolve to what the
 * reader expects. The bytes alone do not tell whose fault that is: the record may be foreign, or the registry may be
 * another one, emptied, or restored from a backup. A reader that skips records has to find out first.
 */
public final class UnresolvedSchemaException extends SerializationException {
    private final int schemaId;
    private final boolean known;

    /**
     * @param message topic and what is wrong
     * @param schemaId the id in the record
     * @param known whether the registry has a schema under the id
     * @param cause what the registry answered, or null
     */
    public UnresolvedSchemaException(String message, int schemaId, boolean known, Throwable cause) {
        super(message, cause);
        this.schemaId = schemaId;
        this.known = known;
    }

    /** The schema id that the record names. */
    public int schemaId() {
        return schemaId;
    }

    /** Whether the registry has a schema under the id, which is not the expected one. */
    public boolean isKnown() {
        return known;
    }
}
