package io.logitstream.embedded.registry;

import io.logitstream.embedded.registry.RegistryEvent.LevelSet;
import io.logitstream.embedded.registry.RegistryEvent.SchemaErased;
import io.logitstream.embedded.registry.RegistryEvent.SchemaSet;
import io.logitstream.embedded.registry.RegistryEvent.SubjectDeleted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * State of the registry after a sequence of events. Searches scan all versions, of which there are a few dozen. Not
 * thread-safe.
 */
final class RegistryState {

    private final Map<String, NavigableMap<Integer, SchemaSet>> subjects = new TreeMap<>();
    private final Map<String, CompatibilityLevel> levels = new HashMap<>();
    private int highestId;

    void apply(RegistryEvent event) {
        if (event instanceof SchemaSet set) {
            subjects.computeIfAbsent(set.subject(), subject -> new TreeMap<>()).put(set.version(), set);
            highestId = Math.max(highestId, set.id());
        } else if (event instanceof SchemaErased erased) {
            subjects.computeIfPresent(erased.subject(), (subject, versions) -> {
                versions.remove(erased.version());
                return versions.isEmpty() ? null : versions;
            });
        } else if (event instanceof SubjectDeleted deleted) {
            NavigableMap<Integer, SchemaSet> versions = subjects.get(deleted.subject());
            if (versions != null) {
                versions.headMap(deleted.lastVersion(), true).replaceAll((version, schema) -> schema.asDeleted());
            }
        } else if (event instanceof LevelSet set) {
            if (set.level() == null) {
                levels.remove(set.subject());
            } else {
                levels.put(set.subject(), set.level());
            }
        }
    }

    /** Names of the subjects in order, optionally with those whose versions are all deleted. */
    List<String> subjects(boolean withDeleted) {
        return subjects.keySet().stream()
                .filter(subject -> !versions(subject, withDeleted).isEmpty())
                .toList();
    }

    /** Versions of a subject, oldest first; empty if there is no such subject. */
    List<SchemaSet> versions(String subject, boolean withDeleted) {
        return subjects.getOrDefault(subject, new TreeMap<>()).values().stream()
                .filter(schema -> withDeleted || !schema.deleted())
                .toList();
    }

    /** All versions of all subjects, including deleted ones. */
    Stream<SchemaSet> all() {
        return subjects.values().stream().flatMap(versions -> versions.values().stream());
    }

    /** The id of a schema that a subject has or had. */
    Optional<Integer> idOf(String schema) {
        return all().filter(known -> known.schema().equals(schema))
                .map(SchemaSet::id)
                .findFirst();
    }

    int nextId() {
        return highestId + 1;
    }

    /** The level that is set for a subject; null stands for the global level. */
    Optional<CompatibilityLevel> ownLevel(String subject) {
        return Optional.ofNullable(levels.get(subject));
    }
}
