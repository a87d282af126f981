package io.logitstream.pipeline.console;

import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/** Plot of a function over the course of a run, drawn with characters. */
public final class TextPlot {
    private static final int WIDTH = 64;
    private static final int HEIGHT = 8;

    private TextPlot() {}

    /**
     * Draws a function between 0 and its largest value.
     *
     * @param title title line
     * @param function value by fraction of the run done, 0 to 1; not negative
     * @return lines of at most 78 characters
     */
    public static String of(String title, DoubleUnaryOperator function) {
        double[] values = new double[WIDTH];
        double largest = 0;
        for (int x = 0; x < WIDTH; x++) {
            values[x] = function.applyAsDouble(x / (WIDTH - 1.0));
            largest = Math.max(largest, values[x]);
        }
        StringBuilder plot = new StringBuilder(title);
        for (int y = HEIGHT; y >= 0; y--) {
            StringBuilder line = new StringBuilder();
            for (double value : values) {
                line.append(level(value, largest) == y ? '*' : ' ');
            }
            String label = y == HEIGHT || y == 0 ? String.format(Locale.ROOT, "%.3g", y == 0 ? 0 : largest) : "";
            plot.append(String.format("%n%9s |%s", label, line.toString().stripTrailing()));
        }
        return plot.append(String.format("%n%9s +%s%n%11s%-31s%s%31s", "", "-".repeat(WIDTH), "", "0%", "50%", "100%"))
                .toString();
    }

    private static int level(double value, double largest) {
        return largest == 0 ? 0 : (int) Math.round(value / largest * HEIGHT);
    }
}
