package io.logitstream.pipeline.status;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.messages.Printable;

/**
 * Position of one stage. Positions are offsets summed over the partitions, transaction markers included.
 *
 * @param stage {@code produce}, {@code teach} or {@code train}
 * @param name output topic, consumer group, or student folder
 * @param position records done, or predicted tokens for a student folder
 * @param end current end of the input or of the token budget; null if unknown
 * @param lag {@code end - position}, 0 when complete; null if {@code end} is unknown
 * @param perSecond positions per second; null if unknown
 * @param secondsLeft estimated seconds to the end; null if the stage makes no progress or has no end
 * @param complete whether the stage has reached the end of the corpus; null if unknown
 * @param checkpoint name of a student's last checkpoint; null before the first
 * @param checkpointSeconds age of that checkpoint
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StagePosition(
        String stage,
        String name,
        long position,
        Long end,
        Long lag,
        Double perSecond,
        Double secondsLeft,
        Boolean complete,
        String checkpoint,
        Double checkpointSeconds) {

    public static StagePosition of(
            String stage, String name, long position, Long end, Double perSecond, Boolean complete) {
        Long lag = end == null ? null : Boolean.TRUE.equals(complete) ? 0 : Math.max(0, end - position);
        Double left =
                lag == null || perSecond == null || lag > 0 && perSecond <= 0 ? null : lag == 0 ? 0 : lag / perSecond;
        return new StagePosition(stage, name, position, end, lag, perSecond, left, complete, null, null);
    }

    StagePosition withCheckpoint(String last, Double seconds) {
        return new StagePosition(stage, name, position, end, lag, perSecond, secondsLeft, complete, last, seconds);
    }

    /** A line of the table under {@link #header}. */
    public String line() {
        return String.format(
                "%-8s %-36s %14s %14s %12s %10s %10s  %s",
                stage,
                Printable.of(name),
                number(position),
                number(end),
                number(lag),
                perSecond == null ? "-" : String.format("%,.1f", perSecond),
                duration(secondsLeft),
                Boolean.TRUE.equals(complete)
                        ? "complete"
                        : checkpoint == null ? "" : checkpoint + ", " + duration(checkpointSeconds) + " ago");
    }

    public static String header() {
        return String.format(
                "%-8s %-36s %14s %14s %12s %10s %10s",
                "stage", "name", "position", "end", "lag", "per second", "time left");
    }

    private static String number(Long value) {
        return value == null ? "-" : String.format("%,d", value);
    }

    private static String duration(Double seconds) {
        if (seconds == null) {
            return "-";
        }
        long whole = Math.round(seconds);
        return whole >= 3600
                ? whole / 3600 + " h " + whole % 3600 / 60 + " min"
                : whole >= 60 ? whole / 60 + " min " + whole % 60 + " s" : whole + " s";
    }
}
