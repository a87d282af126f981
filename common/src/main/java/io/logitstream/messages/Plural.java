package io.logitstream.messages;

/** Nouns behind the counts of messages. */
public final class Plural {
    private Plural() {}

    /** The noun for a count: itself for 1, else with an s, or with es after a sibilant. */
    public static String of(long count, String noun) {
        boolean sibilant = noun.endsWith("s") || noun.endsWith("h") || noun.endsWith("x");
        return of(count, noun, noun + (sibilant ? "es" : "s"));
    }

    /** The noun for a count, with a plural of its own. */
    public static String of(long count, String noun, String plural) {
        return count == 1 ? noun : plural;
    }
}
