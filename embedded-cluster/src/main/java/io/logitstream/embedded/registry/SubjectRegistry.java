package io.logitstream.embedded.registry;

import io.logitstream.embedded.registry.RegistryEvent.LevelSet;
import io.logitstream.embedded.registry.RegistryEvent.SchemaErased;
import io.logitstream.embedded.registry.RegistryEvent.SchemaSet;
import io.logitstream.embedded.registry.RegistryEvent.SubjectDeleted;
import io.logitstream.messages.LogitstreamException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.avro.Schema;

/**
 * Subjects, versions and compatibility levels of the schema registry, independent of HTTP. Requests are processed one
 * at a time: a change is in the topic before it becomes visible, and two registrations cannot get the same id. A
 * request that is refused ends with a {@link RegistryException}.
 */
final class SubjectRegistry {

    private static final CompatibilityLevel DEFAULT_LEVEL = CompatibilityLevel.BACKWARD;
    private static final Pattern IMPOSSIBLE_SUBJECT = Pattern.compile("\\s*|.*\\p{Cntrl}.*", Pattern.DOTALL);

    private final RegistryTopic topic;
    private RegistryState state;

    /**
     * Reads the topic.
     *
     * @param topic storage of the registry, closed by its owner
     * @throws LogitstreamException if it cannot be read
     */
    SubjectRegistry(RegistryTopic topic) {
        this.topic = topic;
        reload();
    }

    /**
     * Registers a schema and returns its id. A schema that this or another subject already has keeps its id.
     */
    synchronized int register(String subject, String schemaText) {
        if (IMPOSSIBLE_SUBJECT.matcher(subject).matches()) {
            throw new RegistryException(
                    RegistryException.INVALID_SUBJECT, "A subject needs a name without control characters");
        }
        String schema = SchemaText.canonical(schemaText);
        Optional<SchemaSet> known = find(subject, schema, false);
        if (known.isPresent()) {
            return known.get().id();
        }
        CompatibilityLevel level = level(subject);
        List<String> problems = problems(level, schema, level.relevant(versions(subject, false)));
        if (!problems.isEmpty()) {
            throw new RegistryException(
                    RegistryException.INCOMPATIBLE,
                    "The schema is not compatible with subject '" + subject + "' at level " + level + ": "
                            + String.join("; ", problems));
        }
        int id = state().idOf(schema).orElseGet(state()::nextId);
        int version = versions(subject, true).stream()
                        .mapToInt(SchemaSet::version)
                        .max()
                        .orElse(0)
                + 1;
        append(new SchemaSet(subject, version, id, schema, false));
        return id;
    }

    /** Looks up a schema in a subject. */
    synchronized SchemaSet lookUp(String subject, String schemaText, boolean withDeleted) {
        requireVersions(subject, withDeleted);
        return find(subject, SchemaText.canonical(schemaText), withDeleted)
                .orElseThrow(() -> new RegistryException(
                        RegistryException.SCHEMA_NOT_FOUND, "Subject '" + subject + "' has no such schema"));
    }

    synchronized List<String> subjects(boolean withDeleted) {
        return state().subjects(withDeleted);
    }

    synchronized List<Integer> versionNumbers(String subject, boolean withDeleted) {
        return requireVersions(subject, withDeleted).stream()
                .map(SchemaSet::version)
                .toList();
    }

    synchronized SchemaSet version(String subject, SubjectVersion version, boolean withDeleted) {
        return version.in(requireVersions(subject, withDeleted))
                .orElseThrow(() -> RegistryException.versionNotFound(subject, version));
    }

    /**
     * Deletes a subject and its compatibility level, and returns the deleted versions. A permanent deletion requires an
     * earlier ordinary one.
     */
    synchronized List<Integer> deleteSubject(String subject, boolean forGood) {
        List<Integer> all = versionNumbers(subject, true);
        List<Integer> visible =
                versions(subject, false).stream().map(SchemaSet::version).toList();
        if (forGood) {
            if (!visible.isEmpty()) {
                throw new RegistryException(
                        RegistryException.SUBJECT_NOT_SOFT_DELETED,
                        "Subject '" + subject + "' must be deleted once before it can be deleted permanently");
            }
            all.forEach(version -> append(new SchemaErased(subject, version)));
            return all;
        }
        if (visible.isEmpty()) {
            throw new RegistryException(
                    RegistryException.SUBJECT_SOFT_DELETED,
                    "Subject '" + subject + "' is deleted already; ask for its permanent deletion to remove it");
        }
        append(new SubjectDeleted(subject, visible.get(visible.size() - 1)));
        if (ownLevel(subject).isPresent()) {
            append(new LevelSet(subject, null));
        }
        return visible;
    }

    /** Deletes a version and returns its number. A permanent deletion requires an earlier ordinary one. */
    synchronized int deleteVersion(String subject, SubjectVersion version, boolean forGood) {
        // "Latest" means the latest version that can still be deleted in the requested way.
        SchemaSet schema = version(subject, version, !version.isLatest() || forGood);
        if (forGood && !schema.deleted()) {
            throw new RegistryException(
                    RegistryException.VERSION_NOT_SOFT_DELETED,
                    "Version " + schema.version() + " of subject '" + subject
                            + "' must be deleted once before it can be deleted permanently");
        }
        if (!forGood && schema.deleted()) {
            throw new RegistryException(
                    RegistryException.VERSION_SOFT_DELETED,
                    "Version " + schema.version() + " of subject '" + subject
                            + "' is deleted already; ask for its permanent deletion to remove it");
        }
        append(forGood ? new SchemaErased(subject, schema.version()) : schema.asDeleted());
        return schema.version();
    }

    /** All versions that use a schema, optionally with deleted ones. */
    synchronized List<SchemaSet> uses(int id, boolean withDeleted) {
        return schemaSets(id).stream()
                .filter(schema -> withDeleted || !schema.deleted())
                .toList();
    }

    /**
     * The schema with an id. Schemas of deleted versions are included, because old records need them.
     */
    synchronized String schema(int id) {
        return schemaSets(id).get(0).schema();
    }

    /** The incompatibilities of a schema with one version; empty if the subject has no latest version. */
    synchronized List<String> problems(String subject, SubjectVersion version, String schemaText) {
        String schema = SchemaText.canonical(schemaText);
        Optional<SchemaSet> earlier = version.in(versions(subject, false));
        if (earlier.isEmpty() && !version.isLatest()) {
            throw RegistryException.versionNotFound(subject, version);
        }
        return problems(level(subject), schema, earlier.stream().toList());
    }

    /** The incompatibilities that prevent the registration of a schema in a subject. */
    synchronized List<String> problems(String subject, String schemaText) {
        CompatibilityLevel level = level(subject);
        return problems(level, SchemaText.canonical(schemaText), level.relevant(versions(subject, false)));
    }

    /** The level that applies to a subject; null stands for the global level. */
    synchronized CompatibilityLevel level(String subject) {
        return ownLevel(subject).or(() -> ownLevel(null)).orElse(DEFAULT_LEVEL);
    }

    synchronized Optional<CompatibilityLevel> ownLevel(String subject) {
        return state().ownLevel(subject);
    }

    /**
     * Sets or resets a compatibility level.
     *
     * @param subject null for the global level
     * @param level null to reset it to the default
     */
    synchronized void setLevel(String subject, CompatibilityLevel level) {
        append(new LevelSet(subject, level));
    }

    private static List<String> problems(CompatibilityLevel level, String schemaText, List<SchemaSet> earlier) {
        Schema schema = SchemaText.parse(schemaText);
        return earlier.stream()
                .flatMap(version -> level.problems(schema, SchemaText.parse(version.schema())).stream()
                        .map(problem -> "version " + version.version() + ": " + problem))
                .toList();
    }

    private Optional<SchemaSet> find(String subject, String schema, boolean withDeleted) {
        return versions(subject, withDeleted).stream()
                .filter(version -> version.schema().equals(schema))
                .findFirst();
    }

    private List<SchemaSet> versions(String subject, boolean withDeleted) {
        return state().versions(subject, withDeleted);
    }

    private List<SchemaSet> requireVersions(String subject, boolean withDeleted) {
        List<SchemaSet> versions = versions(subject, withDeleted);
        if (versions.isEmpty()) {
            throw RegistryException.subjectNotFound(subject);
        }
        return versions;
    }

    private List<SchemaSet> schemaSets(int id) {
        List<SchemaSet> schemas =
                state().all().filter(schema -> schema.id() == id).toList();
        if (schemas.isEmpty()) {
            throw new RegistryException(RegistryException.SCHEMA_NOT_FOUND, "There is no schema with id " + id);
        }
        return schemas;
    }

    private void append(RegistryEvent event) {
        try {
            topic.append(event);
        } catch (LogitstreamException e) {
            // The record may or may not be in the topic, so the state must be read again.
            state = null;
            throw e;
        }
        state.apply(event);
    }

    private RegistryState state() {
        if (state == null) {
            reload();
        }
        return state;
    }

    private void reload() {
        RegistryState replayed = new RegistryState();
        topic.read(replayed::apply);
        state = replayed;
    }
}
