package io.logitstream.embedded.registry;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/** Compatibility level: the earlier versions that a new schema must be compatible with, and in which direction. */
enum CompatibilityLevel {
    NONE(false, false, false),
    BACKWARD(true, false, false),
    BACKWARD_TRANSITIVE(true, false, true),
    FORWARD(false, true, false),
    FORWARD_TRANSITIVE(false, true, true),
    FULL(true, true, false),
    FULL_TRANSITIVE(true, true, true);

    private final boolean readsOld;
    private final boolean readByOld;
    private final boolean transitive;

    CompatibilityLevel(boolean readsOld, boolean readByOld, boolean transitive) {
        this.readsOld = readsOld;
        this.readByOld = readByOld;
        this.transitive = transitive;
    }

    /**
     * Parses the name of a level.
     *
     * @throws RegistryException if there is no level of that name
     */
    static CompatibilityLevel parse(String name) {
        for (CompatibilityLevel level : values()) {
            if (level.name().equals(name)) {
                return level;
            }
        }
        throw new RegistryException(
                RegistryException.INVALID_LEVEL,
                "There is no compatibility level '" + name + "'; the levels are " + List.of(values()));
    }

    /** The versions that this level checks, out of all versions from oldest to newest. */
    <T> List<T> relevant(List<T> versions) {
        return transitive || versions.isEmpty() ? versions : List.of(versions.get(versions.size() - 1));
    }

    /** The incompatibilities of a schema with an earlier one; empty if they are compatible. */
    List<String> problems(Schema candidate, Schema earlier) {
        List<String> problems = new ArrayList<>();
        if (readsOld) {
            problems(candidate, earlier, "the new schema cannot read what the old one wrote", problems);
        }
        if (readByOld) {
            problems(earlier, candidate, "the old schema cannot read what the new one writes", problems);
        }
        return problems;
    }

    private static void problems(Schema reader, Schema writer, String direction, List<String> problems) {
        SchemaCompatibility.SchemaPairCompatibility pair =
                SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
        if (pair.getType() != SchemaCompatibilityType.COMPATIBLE) {
            pair.getResult()
                    .getIncompatibilities()
                    .forEach(incompatibility -> problems.add(direction + ": "
                            + incompatibility.getType() + " at " + incompatibility.getLocation() + ": "
                            + incompatibility.getMessage()));
        }
    }
}
