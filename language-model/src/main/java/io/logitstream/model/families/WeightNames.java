package io.logitstream.model.families;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The Hugging Face names of one family's weights. A part without a name is not in the family's model: so the names also
 * say which norms there are, and which projections are one matrix.
 */
public final class WeightNames {
    /** Parts of a model that have weights. Those of {@link #perLayer} have them in each layer. */
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

    /** Names common to all families: the parts outside the layers. */
    public static WeightNames common() {
        return new WeightNames(new EnumMap<>(Part.class))
                .with(Part.EMBEDDING, "model.embed_tokens")
                .with(Part.FINAL_NORM, "model.norm")
                .with(Part.OUTPUT, "lm_head");
    }

    /** The names of Llama's model, which many families share. */
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

    /** These names without those of some parts. */
    public WeightNames without(Part... parts) {
        Map<Part, String> fewer = new EnumMap<>(Part.class);
        fewer.putAll(names);
        fewer.keySet().removeAll(Set.of(parts));
        return new WeightNames(fewer);
    }

    /** These names and one more; those of layers are given as they stand after {@code model.layers.N.}. */
    public WeightNames with(Part part, String name) {
        Map<Part, String> more = new EnumMap<>(Part.class);
        more.putAll(names);
        more.put(part, name);
        return new WeightNames(more);
    }

    public boolean has(Part part) {
        return names.containsKey(part);
    }

    /** Name of a matrix or norm outside the layers. */
    public String weight(Part part) {
        return names.get(part) + ".weight";
    }

    /** Name of a matrix or norm of a layer. */
    public String weight(Part part, int layer) {
        return LAYERS + layer + "." + weight(part);
    }

    /** Name of a bias of a layer. */
    public String bias(Part part, int layer) {
        return LAYERS + layer + "." + names.get(part) + ".bias";
    }

    /** Whether this is the name of a part's matrix in some layer. */
    public boolean isWeight(Part part, String name) {
        return name.startsWith(LAYERS) && name.endsWith("." + weight(part));
    }
}
