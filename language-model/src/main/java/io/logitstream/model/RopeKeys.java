package io.logitstream.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.KnownKeys;

/**
 * The keys of {@code config.json} for the rotary embedding. They are read in the layouts of transformers 4
 * ({@code rope_theta}, {@code rope_scaling}) and 5 ({@code rope_parameters}), and written in that of 4, which both
 * read.
 */
final class RopeKeys {
  private static final String FOUR = "rope_scaling";
  private static final String FIVE = "rope_parameters";
  private static final String ORIGINAL = "original_max_position_embeddings";

  private RopeKeys() {}

  static RopeConfig read(ConfigReader json, ModelFamily family, int maxPositions) {
    ConfigReader four = json.child(FOUR);
    ConfigReader five = json.child(FIVE);
    if (json.has(FOUR) && json.has(FIVE) && !four.sameAs(five)) {
      throw json.refused(FOUR, "it differs from " + FIVE + ", which is the newer layout of the same settings; remove one"
          + " of them");
    }
    ConfigReader parameters = json.has(FIVE) ? five : four;
    double theta = parameters.positive("rope_theta", json.positive("rope_theta", 10000.0));
    double share = parameters.positive("partial_rotary_factor",
        json.positive("partial_rotary_factor", family.rotaryShare()));
    if (share != family.rotaryShare() && family.rotaryShare() == 1) {
      ConfigReader where = json.has("partial_rotary_factor") ? json : parameters;
      throw where.refused("partial_rotary_factor", share + " is not supported for model_type "
          + family.modelType());
    }
    // Beside the settings it has precedence, as in transformers.
    ConfigReader original = json.has(ORIGINAL) ? json : parameters;
    RopeScaling scaling = scaling(parameters, original, maxPositions);
    parameters.requireNoObjects();
    parameters.requireKnownArithmetic(family.modelType(), KnownKeys::isHarmlessInRope);
    return new RopeConfig(theta, share, family.rotatesPairs(), scaling);
  }

  private static RopeScaling scaling(ConfigReader json, ConfigReader original, int maxPositions) {
    String older = json.text("type", "default");
    String type = json.text("rope_type", older);
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(json.positive("factor"));
      case "dynamic" -> new RopeScaling.Dynamic(json.positive("factor"), maxPositions);
      case "llama3" -> new RopeScaling.Llama3(json.positive("factor"), json.positive("low_freq_factor"),
          json.positive("high_freq_factor"), original.integer(ORIGINAL));
      case "yarn" -> yarn(json, original.positive(ORIGINAL, maxPositions), maxPositions);
      default -> throw json.refused("rope_type", "'" + type
          + "' is not supported; supported are default, linear, dynamic, llama3 and yarn");
    };
  }

  private static RopeScaling yarn(ConfigReader json, int original, int maxPositions) {
    double factor = json.positive("factor", (double) maxPositions / original);
    double scale = json.positive("mscale", 1.0);
    double allScale = json.positive("mscale_all_dim", 1.0);
    double amplitude = json.has("mscale") && json.has("mscale_all_dim")
        ? RopeScaling.Yarn.amplitude(factor, scale) / RopeScaling.Yarn.amplitude(factor, allScale)
        : RopeScaling.Yarn.amplitude(factor, 1);
    return new RopeScaling.Yarn(factor, json.positive("beta_fast", 32.0), json.positive("beta_slow", 1.0),
        original, json.flag("truncate", true),
        json.positive("attention_factor", amplitude));
  }

  static void write(RopeConfig rope, ModelFamily family, ObjectNode json) {
    json.put("rope_theta", rope.theta());
    if (family.rotaryShare() != 1) {
      json.put("partial_rotary_factor", rope.share());
    }
    if (rope.scaling() instanceof RopeScaling.Linear linear) {
      json.putObject(FOUR).put("rope_type", "linear").put("factor", linear.factor());
    } else if (rope.scaling() instanceof RopeScaling.Dynamic dynamic) {
      json.putObject(FOUR).put("rope_type", "dynamic").put("factor", dynamic.factor());
    } else if (rope.scaling() instanceof RopeScaling.Llama3 llama) {
      json.putObject(FOUR).put("rope_type", "llama3").put("factor", llama.factor())
          .put("low_freq_factor", llama.lowFrequencyFactor()).put("high_freq_factor", llama.highFrequencyFactor())
          .put(ORIGINAL, llama.originalPositions());
    } else if (rope.scaling() instanceof RopeScaling.Yarn yarn) {
      json.putObject(FOUR).put("rope_type", "yarn").put("factor", yarn.factor()).put("beta_fast", yarn.betaFast())
          .put("beta_slow", yarn.betaSlow()).put(ORIGINAL, yarn.originalPositions()).put("truncate", yarn.truncate())
          .put("attention_factor", yarn.amplitude());
    }
  }
}
