package io.logitstream.pipeline.console;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.WCWidth;

/**
 * The state of one stage as parts of different importance: where the terminal is narrow, the least important parts are
 * left out first, and what remains is cut off. Immutable.
 */
public final class ProgressLine {
    /** Which parts a narrow terminal keeps, the first ones longest. */
    public enum Importance {
        /** Always shown, cut off where even this is too long. */
        ESSENTIAL,
        /** Left out last. */
        HIGH,
        /** Left out before that. */
        MEDIUM,
        /** Left out first. */
        LOW
    }

    private record Part(Importance importance, String text) {}

    private static final String CUT = "…";

    private final List<Part> parts;

    private ProgressLine(List<Part> parts) {
        this.parts = parts;
    }

    /** A line that begins with an essential part. */
    public static ProgressLine of(String text) {
        return new ProgressLine(List.of(new Part(Importance.ESSENTIAL, printable(text))));
    }

    /**
     * The same with one part more, which is left out before those of the same importance that stand before it.
     *
     * @param text the part with what separates it from the part before; null for none
     */
    public ProgressLine and(Importance importance, String text) {
        if (text == null) {
            return this;
        }
        List<Part> more = new ArrayList<>(parts);
        more.add(new Part(importance, printable(text)));
        return new ProgressLine(List.copyOf(more));
    }

    /** All parts. */
    public String full() {
        return join(parts);
    }

    /** The line cut to a number of character cells of a terminal. */
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

    /** Character cells that a text takes. */
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
