package io.logitstream.messages;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Removes the names of Java exceptions from texts and turns other class names into words. */
final class ClassNames {
    /**
     * Classes of the JDK and of libraries only, so that a class which a user has named in a setting stays recognizable.
     */
    private static final String QUALIFIED =
            "\\b(?:java|javax|jdk|sun|com\\.sun|org\\.apache|com\\.fasterxml|io\\.confluent|io\\.logitstream|ai\\.djl"
                    + "|kafka\\.(?:server|log|raft|utils|cluster)|scala)"
                    + "(?:\\.[a-z_][a-z0-9_]*)*\\.([A-Z]\\w*(?:[.$][A-Z]\\w*)*)(?:\\$\\w+)?(?:@[0-9a-f]+)?";

    private static final Pattern THROWN =
            Pattern.compile("(?:" + QUALIFIED + "|\\b[A-Z]\\w*)(?<=Exception|Error|Throwable): ");
    private static final Pattern NAME = Pattern.compile(QUALIFIED);
    private static final Pattern SIMPLE = Pattern.compile("\\b[A-Z]\\w*[a-z]\\w*(?:Exception|Error)\\b");

    private ClassNames() {}

    static String removed(String text) {
        String named = THROWN.matcher(text).replaceAll("");
        named = NAME.matcher(named).replaceAll(match -> Matcher.quoteReplacement(words(match.group(1))));
        return SIMPLE.matcher(named).replaceAll(match -> Matcher.quoteReplacement(words(match.group())));
    }

    /** A class name in words: {@code BufferUnderflowException} becomes {@code buffer underflow}. */
    static String words(String className) {
        String own = className.substring(1 + Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')));
        String words = own.replaceAll("(Exception|Error|Throwable)$", "")
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT)
                .strip();
        return words.isEmpty() || words.equals("runtime") || words.equals("io") ? "for an unknown reason" : words;
    }
}
