package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.messages.UsageException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A factor that varies over the run. In YAML a map of these keys, or the kind alone. Fractions are shares of the token
 * budget.
 *
 * @param kind course of the factor
 * @param warmup first share of the run, over which the factor rises linearly from 0 to the first value of the course;
 *     0.1 by default for the learning rate, for alpha 0.1 with {@code wsd} and 0 otherwise
 * @param decay {@code wsd}: last share of the run, over which the factor falls
 * @param floor factor at which {@code linear-down}, {@code cosine} and {@code wsd} end and {@code linear-up} and
 *     {@code periodic} begin, in [0, 1]; 0.1 by default for a cosine, else 0
 * @param periods {@code periodic}: periods over the run, 4 by default
 */
@SuppressWarnings("InvalidParam") // The names of values are like those of parameters.
public record ScheduleConfig(Kind kind, Double warmup, Double decay, Double floor, Integer periods) {
    /** A course, x running from 0 to 1 after the warmup. */
    public enum Kind {
        /** 1. */
        @JsonProperty("constant")
        CONSTANT,
        /** From the floor to 1. */
        @JsonProperty("linear-up")
        LINEAR_UP,
        /** From 1 to the floor. */
        @JsonProperty("linear-down")
        LINEAR_DOWN,
        /** From 1 to the floor, half a cosine. */
        @JsonProperty("cosine")
        COSINE,
        /** Up and down between floor and 1, {@code (1 - cos(2 pi periods x)) / 2}; the paper does not give its form. */
        @JsonProperty("periodic")
        PERIODIC,
        /** Warmup, stable, decay: 1, then over the last part half a cosine to the floor (paper, section 3.3). */
        @JsonProperty("wsd")
        WSD;

        private String yaml() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** A schedule; null keys get the defaults of the place where the schedule is used. */
    @JsonCreator
    public ScheduleConfig {}

    /** A schedule of a kind with the defaults. */
    public static ScheduleConfig of(Kind kind) {
        return new ScheduleConfig(kind, null, null, null, null);
    }

    /** A schedule of a kind by its name in YAML. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static ScheduleConfig named(String name) {
        for (Kind kind : Kind.values()) {
            if (kind.yaml().equals(name)) {
                return of(kind);
            }
        }
        throw new UsageException("schedule '" + name + "' is unknown; use one of "
                + Arrays.stream(Kind.values()).map(Kind::yaml).collect(Collectors.joining(", ")));
    }

    public static ScheduleConfig orDefaults(ScheduleConfig given, String key, Kind defaultKind, double defaultDecay) {
        ScheduleConfig config = given == null ? of(null) : given;
        Kind kind = config.kind == null ? defaultKind : config.kind;
        boolean warm = key.startsWith("training.") || kind == Kind.WSD;
        double warmup = config.warmup != null ? config.warmup : warm ? 0.1 : 0;
        double decay = config.decay != null ? config.decay : kind == Kind.WSD ? defaultDecay : 0;
        double floor = config.floor != null ? config.floor : kind == Kind.COSINE ? 0.1 : 0;
        int periods = config.periods != null ? config.periods : 4;
        Checks.require(
                warmup >= 0 && decay >= 0 && warmup + decay <= 1,
                key + ".warmup " + warmup + " and " + key + ".decay " + decay + " are not parts of one run");
        Checks.require(decay == 0 || kind == Kind.WSD, key + ".decay is for wsd only");
        Checks.require(floor >= 0 && floor <= 1, key + ".floor " + floor + " is not in [0, 1]");
        Checks.require(periods > 0, key + ".periods " + periods + " is not positive");
        return new ScheduleConfig(kind, warmup, decay, floor, periods);
    }

    /**
     * The factor at a point of the run.
     *
     * @param progress predicted tokens done, as a share of the budget in [0, 1]
     * @return factor in [0, 1]
     */
    @JsonIgnore
    public double at(double progress) {
        double begin = kind == Kind.LINEAR_UP || kind == Kind.PERIODIC ? floor : 1;
        if (progress < warmup) {
            return begin * progress / warmup;
        }
        double x = warmup < 1 ? Math.min(1, (progress - warmup) / (1 - warmup)) : 0;
        return floor
                + (1 - floor)
                        * switch (kind) {
                            case CONSTANT -> 1;
                            case LINEAR_UP -> x;
                            case LINEAR_DOWN -> 1 - x;
                            case COSINE -> fall(x);
                            case PERIODIC -> 0.5 * (1 - Math.cos(2 * Math.PI * periods * x));
                            case WSD ->
                                decay > 0 ? fall(Math.min(1, Math.max(0, (progress - (1 - decay)) / decay))) : 1;
                        };
    }

    private static double fall(double x) {
        return 0.5 * (1 + Math.cos(Math.PI * x));
    }
}
