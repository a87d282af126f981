package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeScaling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Scaling of a student's rotary embedding for contexts longer than those before. The keys of {@code rope_scaling} in a
 * Hugging Face {@code config.json} are read as well. Keys that are null have the defaults of {@link #scaling}.
 *
 * @param type how wavelengths are stretched
 * @param factor how much longer contexts become; by default context length of the training / {@code
 *     originalPositions}, required for {@code dynamic}
 * @param originalPositions context length before stretching; with {@code student.from} that of the start by default,
 *     else required (except for {@code linear} with a factor)
 * @param lowFrequencyFactor {@code llama3}, 1 by default
 * @param highFrequencyFactor {@code llama3}, 4 by default
 * @param betaFast {@code yarn}, 32 by default
 * @param betaSlow {@code yarn}, 1 by default
 * @param truncate {@code yarn}, true by default
 * @param attentionFactor {@code yarn} and {@code longrope}: factor of cosines and sines; by default that of the paper
 * @param shortFactors {@code longrope}: a factor for each wavelength up to {@code originalPositions}
 * @param longFactors {@code longrope}: a factor for each wavelength beyond it
 */
@SuppressWarnings("InvalidParam") // The names of values are like those of parameters.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RopeScalingConfig(
        @JsonAlias("rope_type") Type type,
        Double factor,
        @JsonAlias("original_max_position_embeddings") Integer originalPositions,
        @JsonAlias("low_freq_factor") Double lowFrequencyFactor,
        @JsonAlias("high_freq_factor") Double highFrequencyFactor,
        @JsonAlias("beta_fast") Double betaFast,
        @JsonAlias("beta_slow") Double betaSlow,
        Boolean truncate,
        @JsonAlias("attention_factor") Double attentionFactor,
        @JsonAlias("short_factor") List<Double> shortFactors,
        @JsonAlias("long_factor") List<Double> longFactors) {
    private static final String KEY = "student.ropeScaling";

    /** A scaling; {@link RopeScaling} has their formulas. */
    public enum Type {
        /** No scaling, also where the start of the student has one. */
        @JsonProperty("none")
        NONE,
        @JsonProperty("linear")
        LINEAR,
        @JsonProperty("dynamic")
        DYNAMIC,
        @JsonProperty("llama3")
        LLAMA3,
        @JsonProperty("yarn")
        YARN,
        @JsonProperty("longrope")
        LONGROPE;

        private List<String> keys() {
            return switch (this) {
                case NONE -> List.of();
                case LINEAR, DYNAMIC -> List.of("factor", "originalPositions");
                case LLAMA3 -> List.of("factor", "originalPositions", "lowFrequencyFactor", "highFrequencyFactor");
                case YARN ->
                    List.of("factor", "originalPositions", "betaFast", "betaSlow", "truncate", "attentionFactor");
                case LONGROPE ->
                    List.of("factor", "originalPositions", "attentionFactor", "shortFactors", "longFactors");
            };
        }

        private String yaml() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Checks that the type has the given keys, and their values. */
    public RopeScalingConfig {
        Checks.require(type != null, KEY + ".type is missing; use none, linear, dynamic, llama3, yarn or longrope");
        Map<String, Object> given = new LinkedHashMap<>();
        given.put("factor", factor);
        given.put("originalPositions", originalPositions);
        given.put("lowFrequencyFactor", lowFrequencyFactor);
        given.put("highFrequencyFactor", highFrequencyFactor);
        given.put("betaFast", betaFast);
        given.put("betaSlow", betaSlow);
        given.put("truncate", truncate);
        given.put("attentionFactor", attentionFactor);
        given.put("shortFactors", shortFactors);
        given.put("longFactors", longFactors);
        for (Map.Entry<String, Object> entry : given.entrySet()) {
            String key = KEY + "." + entry.getKey();
            Checks.require(
                    entry.getValue() == null || type.keys().contains(entry.getKey()),
                    key + " is not a setting of type " + type.yaml());
            if (entry.getValue() instanceof Number number) {
                Checks.require(
                        number.doubleValue() > 0 && Double.isFinite(number.doubleValue()),
                        key + " " + number + " is not a positive number");
            }
        }
        Checks.require(type != Type.DYNAMIC || factor != null, KEY + ".factor is required for type dynamic");
        Checks.require(
                type != Type.LONGROPE
                        || shortFactors != null
                                && longFactors != null
                                && shortFactors.size() == longFactors.size()
                                && areFactors(shortFactors)
                                && areFactors(longFactors),
                KEY + ".shortFactors and longFactors must be lists of the same number of positive numbers");
        shortFactors = shortFactors == null ? null : List.copyOf(shortFactors);
        longFactors = longFactors == null ? null : List.copyOf(longFactors);
    }

    private static boolean areFactors(List<Double> values) {
        return values.stream().allMatch(value -> value != null && value > 0 && Double.isFinite(value));
    }

    /**
     * The scaling of a model.
     *
     * @param start model that the student starts from; null for random weights
     * @param contextLength longest context that the student is trained on
     */
    RopeScaling scaling(ModelConfig start, int contextLength) {
        if (type == Type.NONE) {
            return new RopeScaling.None();
        }
        if (type == Type.LINEAR && factor != null) {
            return new RopeScaling.Linear(factor);
        }
        Integer before = originalPositions != null ? originalPositions : start == null ? null : original(start);
        Checks.require(
                before != null,
                KEY + ".originalPositions is required without student.from: the context length before stretching");
        double stretch = factor != null ? factor : Math.max(1, (double) contextLength / before);
        return switch (type) {
            case NONE -> new RopeScaling.None();
            case LINEAR -> new RopeScaling.Linear(stretch);
            case DYNAMIC -> new RopeScaling.Dynamic(stretch, before);
            case LLAMA3 ->
                new RopeScaling.Llama3(stretch, or(lowFrequencyFactor, 1), or(highFrequencyFactor, 4), before);
            case YARN ->
                new RopeScaling.Yarn(
                        stretch,
                        or(betaFast, 32),
                        or(betaSlow, 1),
                        before,
                        truncate == null || truncate,
                        or(attentionFactor, RopeScaling.Yarn.amplitude(stretch, 1)));
            case LONGROPE ->
                new RopeScaling.LongRope(
                        shortFactors,
                        longFactors,
                        before,
                        or(attentionFactor, RopeScaling.LongRope.amplitude(stretch, before)));
        };
    }

    /** The context of a model before its own scaling. */
    private static int original(ModelConfig start) {
        RopeScaling scaling = start.rope().scaling();
        if (scaling instanceof RopeScaling.Yarn yarn) {
            return yarn.originalPositions();
        }
        if (scaling instanceof RopeScaling.Llama3 llama) {
            return llama.originalPositions();
        }
        // config.json states only the stretched context of a linear scaling.
        if (scaling instanceof RopeScaling.Linear linear) {
            return Math.max(1, (int) Math.min(Integer.MAX_VALUE, Math.round(start.maxPositions() / linear.factor())));
        }
        return scaling instanceof RopeScaling.LongRope longRope ? longRope.originalPositions() : start.maxPositions();
    }

    private static double or(Double value, double otherwise) {
        return value == null ? otherwise : value;
    }
}
