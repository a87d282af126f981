package io.logitstream.pipeline.console;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.WCWidth;

/**
 * Progress of one stage as parts of different importance. On a narrow terminal the least important parts are dropped
 * first; the rest is cut off. Immutable.
 */
public final class ProgressLine {
    /** Order in which parts are dropped on a narrow terminal. */
    public enum Importance {
        /** Always shown; cut off if it is too long. */
        ESSENTIAL,
        /** Dropped last. */
        HIGH,
        /** Dropped before {@link #HIGH}. */
        MEDIUM,
        /** Dropped first. */
        LOW
    }

    private record Part(Importance importance, String text) {}

    private static final String CUT = "…";

    private final List<Part> parts;

    private ProgressLine(List<Part> parts) {
        this.parts = parts;
    }

    /** A line that starts with an essential part. */
    public static ProgressLine of(String text) {
        return new ProgressLine(List.of(new Part(Importance.ESSENTIAL, printable(text))));
    }

    /**
     * Adds a part. Of several parts with the same importance, the last is dropped first.
     *
     * @param text the part with its separator from the previous one; null adds nothing
     */
    public ProgressLine and(Importance importance, String text) {
        if (text == null) {
            return this;
        }
        List<Part> more = new ArrayList<>(parts);
        more.add(new Part(importance, printable(text)));
        return new ProgressLine(List.copyOf(more));
    }

    /** All parts, uncut. */
    public String full() {
        return join(parts);
    }

    /** The line, cut to a number of terminal columns. */
    public String fit(int columns) {
        List<Part> kept = new ArrayList<>(parts);
        for (int rank = Importance.values().length - 1; rank > 0; rank--) {
            for (int i = kept.size() - 1; i >= 0 && width(join(kept)) > columns; i--) {
                if (kept.get(i).importance == Importance.values()[rank]) {
                    kept.remove(i);
                }
            }
        }
        return cut(join(kept), columns);
    }

    private static String join(List<Part> parts) {
        StringBuilder text = new StringBuilder();
        parts.forEach(part -> text.append(part.text));
        return text.toString();
    }

    private static String cut(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        StringBuilder kept = new StringBuilder();
        int used = 1;
        for (int character : text.codePoints().toArray()) {
            used += Math.max(0, WCWidth.wcwidth(character));
            if (used > columns) {
                break;
            }
            kept.appendCodePoint(character);
        }
        return columns < 1 ? "" : kept + CUT;
    }

    /** Columns that a text takes on a terminal. */
    static int width(String text) {
        return text.codePoints()
                .map(character -> Math.max(0, WCWidth.wcwidth(character)))
                .sum();
    }

    // Names come from folders and files: an escape sequence or a line break in one must not reach the terminal.
    private static String printable(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .forEach(character -> clean.appendCodePoint(
                        Character.isISOControl(character)
                                        || Character.getType(character) == Character.FORMAT
                                        || Character.getType(character) == Character.LINE_SEPARATOR
                                        || Character.getType(character) == Character.PARAGRAPH_SEPARATOR
                                ? '\uFFFD'
                                : character));
        return clean.toString();
    }
}
