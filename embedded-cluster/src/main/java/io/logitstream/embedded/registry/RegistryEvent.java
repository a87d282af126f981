package io.logitstream.embedded.registry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** A change of the registry, stored as one record of its topic. */
sealed interface RegistryEvent {

    /**
     * A new version of a subject, or a change of its deletion mark.
     *
     * @param deleted whether the version is hidden but still available to readers of old records
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

    /** The permanent deletion of a version of a subject. */
    record SchemaErased(String subject, int version) implements RegistryEvent {}

    /** The deletion mark on all versions of a subject up to this one. */
    record SubjectDeleted(String subject, int lastVersion) implements RegistryEvent {}

    /**
     * A change of the compatibility level of a subject.
     *
     * @param subject null for the global level, which applies to subjects without their own
     * @param level null to reset it to the default
     */
    record LevelSet(String subject, CompatibilityLevel level) implements RegistryEvent {}

    /** A record that has no effect on this registry. */
    record Ignored() implements RegistryEvent {}
}
