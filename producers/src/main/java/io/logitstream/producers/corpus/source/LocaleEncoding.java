package io.logitstream.producers.corpus.source;

import io.logitstream.messages.UsageException;

/** The encoding of paths in this JVM. The locale determines it, and names outside ASCII need UTF-8. */
public final class LocaleEncoding {
    private static final String ENCODING = System.getProperty("sun.jnu.encoding", "UTF-8");

    private LocaleEncoding() {}

    /**
     * Requires that a file's name was decoded correctly, because the order of a corpus depends on names.
     *
     * @throws UsageException when the locale's encoding cannot represent the name
     */
    public static void requireFit(String name) {
        if (isUnfit(name)) {
            throw unfit(name);
        }
    }

    /** Whether the locale's encoding could not represent a name or an argument. */
    public static boolean isUnfit(String text) {
        return text.indexOf('\uFFFD') >= 0 && !isUtf8(ENCODING);
    }

    /** Exception for a name or an argument that the locale's encoding cannot represent. */
    public static UsageException unfit(String text) {
        return new UsageException(
                "'" + text + "' cannot be read in the locale's encoding, " + ENCODING + "; start with LC_ALL=C.UTF-8");
    }

    static boolean isUtf8(String encoding) {
        return encoding.replace("-", "").equalsIgnoreCase("UTF8");
    }
}
