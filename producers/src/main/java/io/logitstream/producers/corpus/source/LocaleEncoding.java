package io.logitstream.producers.corpus.source;

import io.logitstream.messages.UsageException;

/** The encoding in which the JVM reads paths: the locale's, which must be UTF-8 for names outside ASCII. */
public final class LocaleEncoding {
    private static final String ENCODING = System.getProperty("sun.jnu.encoding", "UTF-8");

    private LocaleEncoding() {}

    /**
     * Requires that the name of a file is read as it is: the order of a corpus is a function of its names.
     *
     * @throws UsageException if the locale has no letters for the name
     */
    public static void requireFit(String name) {
        if (isUnfit(name)) {
            throw unfit(name);
        }
    }

    /** Whether a name or an argument came through a locale that has no letters for it. */
    public static boolean isUnfit(String text) {
        return text.indexOf('\uFFFD') >= 0 && !isUtf8(ENCODING);
    }

    /** What to say of a name or an argument that the locale has no letters for. */
    public static UsageException unfit(String text) {
        return new UsageException(
                "'" + text + "' cannot be read in the locale's encoding, " + ENCODING + "; start with LC_ALL=C.UTF-8");
    }

    static boolean isUtf8(String encoding) {
        return encoding.replace("-", "").equalsIgnoreCase("UTF8");
    }
}
