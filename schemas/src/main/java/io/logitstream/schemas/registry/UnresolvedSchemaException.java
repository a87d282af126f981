package io.logitstream.schemas.registry;

import org.apache.kafka.common.errors.SerializationException;

/**
 * A record whose schema id is missing in the registry, or refers to a schema that does not resolve to the reader's. The
 * bytes alone do not show the cause: the record may be foreign, or the registry may be the wrong one, empty, or
 * restored from an old backup. A reader that skips records must determine the cause first.
 */
public final class UnresolvedSchemaException extends SerializationException {
    private final int schemaId;
    private final boolean known;

    /**
     * Creates a failure.
     *
     * @param message one line with the topic and the fault
     * @param schemaId the id in the record
     * @param known whether the registry has a schema under the id
     * @param cause the registry's answer, or null
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

    /** Whether the registry has a schema under the id, though not the expected one. */
    public boolean isKnown() {
        return known;
    }
}
