package io.logitstream.messages;

/**
 * Makes untrusted text (keys, file names, answers of servers) safe to print: one line, no terminal control characters,
 * bounded length.
 */
public final class Printable {
    /** Maximum number of characters that are printed of a key or name. */
    public static final int LIMIT = 200;

    private Printable() {}

    /**
     * Escapes a key, a name or another short text and cuts it to {@value #LIMIT} characters.
     *
     * @param text any object; may be null
     */
    public static String of(Object text) {
        return of(text, LIMIT);
    }

    /**
     * Escapes a text and keeps its first characters.
     *
     * @param text any object; may be null
     * @param limit maximum number of characters to keep
     */
    public static String of(Object text, int limit) {
        String all = String.valueOf(text);
        int end = Math.min(limit, all.length());
        // A surrogate pair is not split.
        if (end < all.length() && end > 0 && Character.isHighSurrogate(all.charAt(end - 1))) {
            end--;
        }
        StringBuilder escaped = new StringBuilder(end);
        all.substring(0, end).codePoints().forEach(character -> append(escaped, character));
        if (end < all.length()) {
            escaped.append(String.format("... (%,d characters)", all.length()));
        }
        return escaped.toString();
    }

    private static void append(StringBuilder text, int character) {
        switch (character) {
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            default -> {
                if (isVisible(character)) {
                    text.appendCodePoint(character);
                } else {
                    text.append(String.format("\\u%04x", character));
                }
            }
        }
    }

    // Format characters include those that reverse the direction of text.
    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
