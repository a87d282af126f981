package io.logitstream.model.families;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The Hugging Face names of a family's weights. A part without a name does not exist in the family, so that the names
 * also say which norms there are and which projections share a matrix.
 */
public final class WeightNames {
    /** Parts of a model that have weights. Those after {@link #OUTPUT} exist in each layer. */
    public enum Part {
        EMBEDDING,
        FINAL_NORM,
        OUTPUT,
        ATTENTION_NORM,
        QUERY,
        KEY,
        VALUE,
        QUERY_KEY_VALUE,
        QUERY_NORM,
        KEY_NORM,
        ATTENTION_OUTPUT,
        ATTENTION_OUTPUT_NORM,
        FEED_FORWARD_NORM,
        GATE,
        UP,
        GATE_AND_UP,
        DOWN,
        FEED_FORWARD_OUTPUT_NORM;

        boolean perLayer() {
            return compareTo(OUTPUT) > 0;
        }
    }

    private static final String LAYERS = "model.layers.";

    private final Map<Part, String> names;

    private WeightNames(Map<Part, String> names) {
        this.names = names;
    }

    /** Names that all families share: the parts outside the layers. */
    public static WeightNames common() {
        return new WeightNames(new EnumMap<>(Part.class))
                .with(Part.EMBEDDING, "model.embed_tokens")
                .with(Part.FINAL_NORM, "model.norm")
                .with(Part.OUTPUT, "lm_head");
    }

    /** Names of Llama's model, which many families share. */
    public static WeightNames llama() {
        return common().with(Part.ATTENTION_NORM, "input_layernorm")
                .with(Part.QUERY, "self_attn.q_proj")
                .with(Part.KEY, "self_attn.k_proj")
                .with(Part.VALUE, "self_attn.v_proj")
                .with(Part.ATTENTION_OUTPUT, "self_attn.o_proj")
                .with(Part.FEED_FORWARD_NORM, "post_attention_layernorm")
                .with(Part.GATE, "mlp.gate_proj")
                .with(Part.UP, "mlp.up_proj")
                .with(Part.DOWN, "mlp.down_proj");
    }

    /** These names without some parts. */
    public WeightNames without(Part... parts) {
        Map<Part, String> fewer = new EnumMap<>(Part.class);
        fewer.putAll(names);
        fewer.keySet().removeAll(Set.of(parts));
        return new WeightNames(fewer);
    }

    /**
     * These names with one more part, or another name for it.
     *
     * @param part the part
     * @param name its name; for a part of a layer without {@code model.layers.N.} before it
     */
    public WeightNames with(Part part, String name) {
        Map<Part, String> more = new EnumMap<>(Part.class);
        more.putAll(names);
        more.put(part, name);
        return new WeightNames(more);
    }

    /** Whether the family has a part. */
    public boolean has(Part part) {
        return names.containsKey(part);
    }

    /** Name of the matrix or norm of a part outside the layers. */
    public String weight(Part part) {
        return names.get(part) + ".weight";
    }

    /** Name of the matrix or norm of a part of a layer. */
    public String weight(Part part, int layer) {
        return LAYERS + layer + "." + weight(part);
    }

    /** Name of the bias of a part of a layer. */
    public String bias(Part part, int layer) {
        return LAYERS + layer + "." + names.get(part) + ".bias";
    }

    /** Whether a name is that of a part's matrix in any layer. */
    public boolean isWeight(Part part, String name) {
        return name.startsWith(LAYERS) && name.endsWith("." + weight(part));
    }
}
