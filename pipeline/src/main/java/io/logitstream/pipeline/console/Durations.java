package io.logitstream.pipeline.console;

/** Durations as text. */
public final class Durations {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private Durations() {}

    /** A duration in its two largest units: {@code 45 s}, {@code 2 min 5 s}, {@code 1 h 20 min}, {@code 3 d 4 h}. */
    public static String text(double seconds) {
        long whole = Math.max(0, Math.round(seconds));
        if (whole < MINUTE) {
            return whole + " s";
        } else if (whole < HOUR) {
            return pair(whole, MINUTE, " min", 1, " s");
        } else if (whole < DAY) {
            return pair(whole, HOUR, " h", MINUTE, " min");
        }
        return pair(whole, DAY, " d", HOUR, " h");
    }

    private static String pair(long seconds, long large, String largeName, long small, String smallName) {
        long rest = seconds % large / small;
        return seconds / large + largeName + (rest == 0 ? "" : " " + rest + smallName);
    }
}
