package io.logitstream.model.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Reads and writes the keys of {@code config.json} for the rotary embedding. It reads the layouts of transformers 4
 * ({@code rope_theta}, {@code rope_scaling}) and 5 ({@code rope_parameters}), and writes the layout of 4, which both
 * versions read.
 */
public final class RopeKeys {
    private static final String FOUR = "rope_scaling";
    private static final String FIVE = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String FULL = "full_attention";
    private static final String WINDOWED = "sliding_attention";
    private static final String ORIGINAL = "original_max_position_embeddings";

    private RopeKeys() {}

    /**
     * Reads the rotary embedding.
     *
     * @param json the file
     * @param defaults what the family's files may leave out
     * @param modelType model_type of the family, for messages
     * @param maxPositions longest context that the model was made for
     * @throws io.logitstream.messages.ModelException if a key is missing or its value is not supported
     */
    public static RopeConfig read(ConfigReader json, RopeDefaults defaults, String modelType, int maxPositions) {
        ConfigReader four = json.child(FOUR);
        ConfigReader five = json.child(FIVE);
        if (json.has(FOUR) && json.has(FIVE) && !four.sameAs(five)) {
            throw json.refused(
                    FOUR,
                    "it differs from " + FIVE + ", which is the newer layout of the same settings; remove"
                            + " one of them");
        }
        ConfigReader parameters = !json.has(FIVE) ? four : defaults.byLayerType() ? five.child(FULL) : five;
        double theta = parameters.positive(THETA, json.positive(THETA, defaults.theta()));
        double share =
                parameters.positive("partial_rotary_factor", json.positive("partial_rotary_factor", defaults.share()));
        if (share != defaults.share() && !defaults.shareVaries()) {
            ConfigReader where = json.has("partial_rotary_factor") ? json : parameters;
            throw where.refused("partial_rotary_factor", share + " is not supported for model_type " + modelType);
        }
        // The key beside the settings has precedence, as in transformers.
        ConfigReader original = json.has(ORIGINAL) ? json : parameters;
        RopeScaling scaling = scaling(parameters, defaults, original, maxPositions);
        parameters.requireNoObjects();
        parameters.requireKnownArithmetic(modelType, HarmlessKeys::isHarmlessInRope);
        return new RopeConfig(theta, share, defaults.pairs(), scaling);
    }

    /**
     * Reads the rotary embedding of the layers with a sliding window, for families that have a separate one.
     *
     * @param json the file
     * @param defaults what the family's files may leave out
     * @param modelType model_type of the family, for messages
     * @param maxPositions longest context that the model was made for
     * @param olderTheta key of its base in the layout of transformers 4
     * @param byDefault its base if both keys are left out
     */
    public static RopeConfig readWindowed(
            ConfigReader json,
            RopeDefaults defaults,
            String modelType,
            int maxPositions,
            String olderTheta,
            double byDefault) {
        ConfigReader parameters = json.child(FIVE).child(WINDOWED);
        double theta = parameters.positive(THETA, json.positive(olderTheta, byDefault));
        RopeScaling scaling = scaling(parameters, defaults, parameters, maxPositions);
        parameters.requireKnownArithmetic(modelType, HarmlessKeys::isHarmlessInRope);
        return new RopeConfig(theta, 1, false, scaling);
    }

    private static RopeScaling scaling(
            ConfigReader json, RopeDefaults defaults, ConfigReader original, int maxPositions) {
        String older = json.text("type", "default");
        String name = json.text("rope_type", older);
        String type = defaults.typeAliases().getOrDefault(name, name);
        return switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(json.positive("factor"));
            case "dynamic" -> new RopeScaling.Dynamic(json.positive("factor"), maxPositions);
            case "llama3" ->
                new RopeScaling.Llama3(
                        json.positive("factor"),
                        json.positive("low_freq_factor"),
                        json.positive("high_freq_factor"),
                        original.integer(ORIGINAL));
            case "yarn" -> yarn(json, original.positive(ORIGINAL, maxPositions), maxPositions);
            case "longrope" -> longRope(json, original.positive(ORIGINAL, maxPositions), maxPositions);
            default ->
                throw json.refused(
                        "rope_type",
                        "'" + type
                                + "' is not supported; supported are default, linear, dynamic, llama3, yarn and longrope");
        };
    }

    private static RopeScaling longRope(ConfigReader json, int original, int maxPositions) {
        List<Double> shorter = json.numbers("short_factor");
        List<Double> longer = json.numbers("long_factor");
        if (shorter == null || longer == null || shorter.size() != longer.size()) {
            throw json.refused("long_factor", "long_factor and short_factor must be lists of the same length");
        }
        double factor = json.positive("factor", (double) maxPositions / original);
        return new RopeScaling.LongRope(
                shorter,
                longer,
                original,
                json.positive("attention_factor", RopeScaling.LongRope.amplitude(factor, original)));
    }

    private static RopeScaling yarn(ConfigReader json, int original, int maxPositions) {
        double factor = json.positive("factor", (double) maxPositions / original);
        double scale = json.positive("mscale", 1.0);
        double allScale = json.positive("mscale_all_dim", 1.0);
        double amplitude = json.has("mscale") && json.has("mscale_all_dim")
                ? RopeScaling.Yarn.amplitude(factor, scale) / RopeScaling.Yarn.amplitude(factor, allScale)
                : RopeScaling.Yarn.amplitude(factor, 1);
        return new RopeScaling.Yarn(
                factor,
                json.positive("beta_fast", 32.0),
                json.positive("beta_slow", 1.0),
                original,
                json.flag("truncate", true),
                json.positive("attention_factor", amplitude));
    }

    /**
     * Writes the rotary embedding.
     *
     * @param rope the rotary embedding
     * @param defaults those of the family
     * @param json object of the file
     */
    public static void write(RopeConfig rope, RopeDefaults defaults, ObjectNode json) {
        json.put("rope_theta", rope.theta());
        if (defaults.shareVaries()) {
            json.put("partial_rotary_factor", rope.share());
        }
        if (rope.scaling() instanceof RopeScaling.Linear linear) {
            json.putObject(FOUR).put("rope_type", "linear").put("factor", linear.factor());
        } else if (rope.scaling() instanceof RopeScaling.Dynamic dynamic) {
            json.putObject(FOUR).put("rope_type", "dynamic").put("factor", dynamic.factor());
        } else if (rope.scaling() instanceof RopeScaling.Llama3 llama) {
            json.putObject(FOUR)
                    .put("rope_type", "llama3")
                    .put("factor", llama.factor())
                    .put("low_freq_factor", llama.lowFrequencyFactor())
                    .put("high_freq_factor", llama.highFrequencyFactor())
                    .put(ORIGINAL, llama.originalPositions());
        } else if (rope.scaling() instanceof RopeScaling.Yarn yarn) {
            json.putObject(FOUR)
                    .put("rope_type", "yarn")
                    .put("factor", yarn.factor())
                    .put("beta_fast", yarn.betaFast())
                    .put("beta_slow", yarn.betaSlow())
                    .put(ORIGINAL, yarn.originalPositions())
                    .put("truncate", yarn.truncate())
                    .put("attention_factor", yarn.amplitude());
        } else if (rope.scaling() instanceof RopeScaling.LongRope scaling) {
            ObjectNode settings = json.putObject(FOUR)
                    .put("rope_type", "longrope")
                    .put(ORIGINAL, scaling.originalPositions())
                    .put("attention_factor", scaling.amplitude());
            scaling.shortFactors().forEach(settings.putArray("short_factor")::add);
            scaling.longFactors().forEach(settings.putArray("long_factor")::add);
        }
    }
}
