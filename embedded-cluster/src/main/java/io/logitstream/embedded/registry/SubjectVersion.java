package io.logitstream.embedded.registry;

import io.logitstream.embedded.registry.RegistryEvent.SchemaSet;
import java.util.List;
import java.util.Optional;

/**
 * Which version of a subject a request means.
 *
 * @param number the version from 1, or 0 for the latest
 */
record SubjectVersion(int number) {

    private static final int LATEST = 0;

    /**
     * @throws RegistryException if the text is neither a version number nor {@code latest} or -1, which mean the
     * same
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
            // Reported below.
        }
        throw new RegistryException(
                RegistryException.INVALID_VERSION,
                "'" + text + "' is not a version: a number from 1 or latest is expected");
    }

    boolean isLatest() {
        return number == LATEST;
    }

    /** Finds the version among those of its subject, oldest first. */
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
