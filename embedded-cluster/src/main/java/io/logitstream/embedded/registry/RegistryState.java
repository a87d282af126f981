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
 * What the events so far add up to. Searches go through all versions, since there are a few dozen. Not safe
 * for several threads.
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

    /** Names in order, with or without those whose versions are all deleted. */
    List<String> subjects(boolean withDeleted) {
        return subjects.keySet().stream()
                .filter(subject -> !versions(subject, withDeleted).isEmpty())
                .toList();
    }

    /** Versions of a subject, oldest first; empty where there is no such subject. */
    List<SchemaSet> versions(String subject, boolean withDeleted) {
        return subjects.getOrDefault(subject, new TreeMap<>()).values().stream()
                .filter(schema -> withDeleted || !schema.deleted())
                .toList();
    }

    /** Every version of every subject, deleted ones included. */
    Stream<SchemaSet> all() {
        return subjects.values().stream().flatMap(versions -> versions.values().stream());
    }

    /** The id of a schema that some subject has or had. */
    Optional<Integer> idOf(String schema) {
        return all().filter(known -> known.schema().equals(schema))
                .map(SchemaSet::id)
                .findFirst();
    }

    int nextId() {
        return highestId + 1;
    }

    /** The level set for this subject; null asks for that of all subjects without their own. */
    Optional<CompatibilityLevel> ownLevel(String subject) {
        return Optional.ofNullable(levels.get(subject));
    }
}
