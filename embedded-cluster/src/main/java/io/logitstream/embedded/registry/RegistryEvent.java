package io.logitstream.embedded.registry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** A change of the registry: one record of its topic. */
sealed interface RegistryEvent {

    /**
     * A version of a subject, new or with its deleted mark changed.
     *
     * @param deleted whether it is hidden, but still there for readers of old records
     */
    @JsonPropertyOrder({"subject", "version", "id", "schema"})
    record SchemaSet(
            String subject,
            int version,
            int id,
            String schema,
            @JsonIgnore boolean deleted) implements RegistryEvent {

        SchemaSet asDeleted() {
            return new SchemaSet(subject, version, id, schema, true);
        }
    }

    /** A version of a subject is gone for good. */
    record SchemaErased(String subject, int version) implements RegistryEvent {}

    /** All versions of a subject up to this one are marked as deleted. */
    record SubjectDeleted(String subject, int lastVersion) implements RegistryEvent {}

    /**
     * The compatibility level of a subject.
     *
     * @param subject null for the level of subjects without their own
     * @param level null when it is back at the default
     */
    record LevelSet(String subject, CompatibilityLevel level) implements RegistryEvent {}

    /** A record that changes nothing here. */
    record Ignored() implements RegistryEvent {}
}
