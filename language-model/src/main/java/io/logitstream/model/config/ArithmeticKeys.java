package io.logitstream.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Keys of {@code config.json} that change the logits of some model. A family that does not read such a key accepts
 * only the values that change nothing.
 */
public final class ArithmeticKeys {
    /**
     * Values of a key that change nothing.
     *
     * @param accepts whether a value is one of them
     * @param words the values, as a message names them
     */
    private record Neutral(Predicate<JsonNode> accepts, String words) {}

    private static final Neutral OFF = new Neutral(
            value -> value.isBoolean() && !value.booleanValue()
                    || value.isNumber() && value.doubleValue() == 0
                    || value.isContainerNode() && value.isEmpty(),
            "null or false");
    private static final Neutral ON = new Neutral(value -> value.isBoolean() && value.booleanValue(), "null or true");
    private static final Neutral ONE = new Neutral(value -> value.isNumber() && value.doubleValue() == 1, "null or 1");
    private static final Neutral AT_MOST_ONE = new Neutral(
            value -> value.isNumber() && value.doubleValue() <= 1
                    || OFF.accepts().test(value),
            "null, 0 or 1");
    private static final Neutral ROPE = new Neutral(
            value -> value.isTextual()
                    && List.of("rope", "rotary", "rotary_embedding").contains(value.textValue()),
            "null or \"rope\"");
    private static final Neutral EVERY_LAYER_FULL = new Neutral(
            value -> value.isArray()
                    && elements(value).stream().allMatch(type -> type.asText().equals("full_attention")),
            "full_attention in each layer");
    private static final Neutral EVERY_LAYER_ROTATED = new Neutral(
            value -> value.isArray() && elements(value).stream().allMatch(rotated -> rotated.asInt() == 1),
            "null, or 1 for each layer");

    private static final Map<String, Neutral> KEYS = keys();

    private ArithmeticKeys() {}

    private static Map<String, Neutral> keys() {
        Map<String, Neutral> keys = new HashMap<>();
        put(
                keys,
                OFF,
                "add_cross_attention",
                "alibi",
                "apply_residual_connection_post_layernorm",
                "attention_chunk_size",
                "attention_multiplier",
                "attn_logit_softcapping",
                "attn_soft_cap",
                "attn_temperature_tuning",
                "clip_qkv",
                "decoder_sparse_step",
                "final_logit_softcapping",
                "is_encoder_decoder",
                "kv_lora_rank",
                "llama_4_scaling_beta",
                "logit_soft_cap",
                "moe_intermediate_size",
                "mrope_interleaved",
                "mrope_section",
                "no_rope_layer_interval",
                "parallel_attn",
                "q_lora_rank",
                "qk_layernorm",
                "qk_norm",
                "query_pre_attn_scalar",
                "rope_interleaved",
                "use_alibi",
                "use_bidirectional_attention",
                "use_dynamic_ntk",
                "use_logn_attn",
                "use_mrope",
                "use_parallel_residual",
                "use_qk_layernorm",
                "use_qk_norm");
        put(keys, ON, "is_causal");
        put(
                keys,
                ONE,
                "attn_factor",
                "embedding_multiplier",
                "extrapolation_factor",
                "full_attn_mod",
                "interpolate_factor",
                "logit_scale",
                "logits_scaling",
                "partial_rotary_factor",
                "residual_multiplier",
                "rotary_pct",
                "scale_depth",
                "scale_emb");
        put(
                keys,
                AT_MOST_ONE,
                "moe_num_experts",
                "n_routed_experts",
                "n_shared_experts",
                "num_experts",
                "num_experts_per_tok",
                "num_local_experts");
        put(keys, ROPE, "position_embedding_type");
        put(keys, EVERY_LAYER_FULL, "layer_types");
        put(keys, EVERY_LAYER_ROTATED, "no_rope_layers");
        return Map.copyOf(keys);
    }

    private static void put(Map<String, Neutral> keys, Neutral neutral, String... names) {
        for (String name : names) {
            keys.put(name, neutral);
        }
    }

    private static List<JsonNode> elements(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }

    /** Whether a key is listed here. */
    public static boolean contains(String key) {
        return KEYS.containsKey(key);
    }

    /**
     * The values of a key that change nothing, if the given value is not one of them.
     *
     * @param key name of the key
     * @param value its value, not null
     * @return the supported values in words; null if the value changes nothing or the key is not listed here
     */
    public static String supportedInstead(String key, JsonNode value) {
        Neutral neutral = KEYS.get(key);
        return neutral == null || neutral.accepts().test(value) ? null : neutral.words();
    }
}
