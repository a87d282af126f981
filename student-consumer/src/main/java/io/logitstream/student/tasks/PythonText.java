package io.logitstream.student.tasks;

import java.util.Locale;

/**
 * String methods that behave as Python's where Java's differ: the prompts of published scores were made with Python.
 */
final class PythonText {
    private PythonText() {}

    /** Python's {@code strip()}, which unlike Java's removes no-break spaces as well. */
    static String strip(String text) {
        int begin = 0;
        while (begin < text.length() && isSpace(text.charAt(begin))) {
            begin++;
        }
        return text.substring(begin, Math.max(begin, stripped(text)));
    }

    /** Length of the text without the whitespace at its end. */
    static int stripped(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    // All whitespace of Unicode, and the four separators that Python adds to it, are in the basic plane: chars suffice.
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    /** Python's {@code capitalize()}: the first character in title case, the others in lower case. */
    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        String first = text.substring(0, Character.charCount(text.codePointAt(0)));
        // The rest is lowered as part of the whole word, because a sigma at the end of a word has its own lower case.
        String rest = text.toLowerCase(Locale.ROOT)
                .substring(first.toLowerCase(Locale.ROOT).length());
        String upper = first.toUpperCase(Locale.ROOT);
        return (upper.length() == first.length()
                        ? Character.toString(Character.toTitleCase(first.codePointAt(0)))
                        : firstLetterUpper(upper))
                + rest;
    }

    // Where the upper case of a letter has several letters, such as SS, only the first one stays upper case.
    private static String firstLetterUpper(String upper) {
        int end = 0;
        while (end < upper.length() - 1 && !Character.isUpperCase(upper.charAt(end))) {
            end++;
        }
        return upper.substring(0, end + 1) + upper.substring(end + 1).toLowerCase(Locale.ROOT);
    }
}
