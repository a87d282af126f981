package io.logitstream.embedded.registry;

import io.logitstream.embedded.registry.RegistryEvent.SchemaSet;
import java.util.List;
import java.util.Optional;

/**
 * The version of a subject that a request refers to.
 *
 * @param number the version from 1, or 0 for the latest
 */
record SubjectVersion(int number) {

    private static final int LATEST = 0;

    /**
     * Parses a version number, or {@code latest} or -1, which are equivalent.
     *
     * @throws RegistryException if the text is none of these
     */
    static SubjectVersion parse(String text) {
        if (text.equals("latest") || text.equals("-1")) {
            return new SubjectVersion(LATEST);
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1) {
                return new SubjectVersion(number);
            }
        } catch (NumberFormatException e) {
            // The exception below reports it.
        }
        throw new RegistryException(
                RegistryException.INVALID_VERSION,
                "'" + text + "' is not a version: a number from 1 or latest is expected");
    }

    boolean isLatest() {
        return number == LATEST;
    }

    /** Finds the version among all versions of its subject, which are ordered from oldest to newest. */
    Optional<SchemaSet> in(List<SchemaSet> versions) {
        return isLatest()
                ? versions.stream().reduce((older, newer) -> newer)
                : versions.stream().filter(schema -> schema.version() == number).findFirst();
    }

    @Override
    public String toString() {
        return isLatest() ? "latest" : Integer.toString(number);
    }
}
