package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.libtorch.TorchScript;
import java.util.Map;

/**
 * One decoder layer: {@code x + attention(norm(x))}, then {@code x + feedForward(norm(x))}. Some families normalise
 * what is added as well. Weights that the model's family does not have are null, and their steps are left out.
 */
public final class DecoderLayer {
    private final int index;
    private final ModelConfig config;
    private final LayerOperations operations;
    private final TorchScript kernels;
    private final CausalAttention attention;
    private final String rotate;
    private final NDArray attentionNorm;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final NDArray queryNorm;
    private final NDArray keyNorm;
    private final Linear attentionOutput;
    private final NDArray attentionOutputNorm;
    private final NDArray feedForwardNorm;
    private final Linear gate;
    private final Linear up;
    private final Linear gateAndUp;
    private final Linear down;
    private final NDArray feedForwardOutputNorm;
    private final NDArray queryFactor;
    private final NDArray residualFactor;

    /**
     * @param operations norms and products of the model, in the precision of this layer
     */
    public DecoderLayer(
            ModelConfig config,
            LayerOperations operations,
            CausalAttention attention,
            Map<String, NDArray> weights,
            int index) {
        this.index = index;
        this.config = config;
        this.operations = operations;
        this.kernels = operations.kernels();
        this.attention = attention;
        rotate = config.rope().pairs() ? "rotate_pairs" : "rotate_halves";
        Weights own = new Weights(operations, ModelFamilies.weightNames(config), weights, index);
        attentionNorm = own.norm(Part.ATTENTION_NORM);
        long queries = (long) config.heads() * config.headSize();
        long keys = (long) config.keyValueHeads() * config.headSize();
        query = own.linear(Part.QUERY, 0, queries);
        key = own.linear(Part.KEY, queries, keys);
        value = own.linear(Part.VALUE, queries + keys, keys);
        queryNorm = own.norm(Part.QUERY_NORM);
        keyNorm = own.norm(Part.KEY_NORM);
        attentionOutput = own.linear(Part.ATTENTION_OUTPUT);
        attentionOutputNorm = own.norm(Part.ATTENTION_OUTPUT_NORM);
        feedForwardNorm = own.norm(Part.FEED_FORWARD_NORM);
        gate = own.linear(Part.GATE);
        up = own.linear(Part.UP);
        gateAndUp = own.linear(Part.GATE_AND_UP);
        down = own.linear(Part.DOWN);
        feedForwardOutputNorm = own.norm(Part.FEED_FORWARD_OUTPUT_NORM);
        queryFactor = operations.factor(config.arithmetic().queryFactor(config.headSize()));
        residualFactor = operations.factor(config.arithmetic().residualFactor());
    }

    /**
     * The layer. Each result is let go as soon as the next one is made from it: memory that is used again at once is still
     * in the cache, and need not be asked from the system anew. What a backward pass needs, libtorch holds by itself.
     *
     * @param x_BTD residual stream
     * @param rope angles of the T positions
     * @param cache keys and values of the positions before them, to which those of these are added; null when T starts
     *     at the beginning and nothing is to follow
     */
    public NDArray forward(NDArray x_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
        NDArray attended_BTD = sum(x_BTD, attention(x_BTD, rope, cache), attentionOutputNorm);
        NDArray result_BTD = sum(attended_BTD, feedForward(attended_BTD), feedForwardOutputNorm);
        attended_BTD.close();
        return result_BTD;
    }

    private NDArray attention(NDArray x_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
        NDArray normed_BTD = attentionNorm == null ? operations.unnormed(x_BTD) : norm(x_BTD, attentionNorm);
        try (NDArray q_BTHK = scaled(rotated(query, normed_BTD, config.heads(), queryNorm, rope), queryFactor);
                NDArray k_BTGK = rotated(key, normed_BTD, config.keyValueHeads(), keyNorm, rope);
                NDArray v_BTGK = value.heads(normed_BTD, config.keyValueHeads(), null);
                NDArray mixed_BTD = cache == null
                        ? attention.of(q_BTHK, k_BTGK, v_BTGK)
                        : cache.attention(index, q_BTHK, k_BTGK, v_BTGK, config.window(index), attention.cap())) {
            return attentionOutput.forward(mixed_BTD);
        } finally {
            closeUnless(x_BTD, normed_BTD);
        }
    }

    private NDArray feedForward(NDArray x_BTD) {
        NDArray normed_BTD = feedForwardNorm == null ? operations.unnormed(x_BTD) : norm(x_BTD, feedForwardNorm);
        try (NDArray inner_BTF = inner(normed_BTD)) {
            return down.forward(inner_BTF);
        } finally {
            closeUnless(x_BTD, normed_BTD);
        }
    }

    private NDArray inner(NDArray normed_BTD) {
        if (gateAndUp != null) {
            try (NDArray both = gateAndUp.forward(normed_BTD)) {
                return kernels.call("swiglu_of_both", both);
            }
        }
        try (NDArray gate_BTF = gate.forward(normed_BTD);
                NDArray up_BTF = up.forward(normed_BTD)) {
            return kernels.call(config.arithmetic().activation().kernel(), gate_BTF, up_BTF);
        }
    }

    // A norm of all heads together comes before they are taken apart, one of each head after.
    private NDArray rotated(
            Linear projection, NDArray normed_BTD, int heads, NDArray norm, RotaryEmbedding.Table rope) {
        boolean ofAllHeads = norm != null && norm.getShape().get(0) != config.headSize();
        NDArray x_BTHK = projection.heads(normed_BTD, heads, ofAllHeads ? norm : null);
        NDArray normed_BTHK = ofAllHeads ? x_BTHK : norm(x_BTHK, norm);
        closeUnless(normed_BTHK, x_BTHK);
        if (!config.arithmetic().isRotated(index)) {
            return normed_BTHK;
        }
        try (normed_BTHK) {
            return kernels.call(rotate, normed_BTHK, rope.cos_T1R(), rope.sin_T1R());
        }
    }

    private NDArray scaled(NDArray x, NDArray factor) {
        if (factor == null) {
            return x;
        }
        try (x) {
            return kernels.call("scaled", x, factor);
        }
    }

    private NDArray sum(NDArray x_BTD, NDArray branch_BTD, NDArray norm) {
        NDArray scaled_BTD = scaled(branch_BTD, residualFactor);
        try (scaled_BTD;
                NDArray normed_BTD = norm(scaled_BTD, norm)) {
            return x_BTD.add(normed_BTD);
        }
    }

    /** The norm, or the input itself where there is none. */
    private NDArray norm(NDArray x, NDArray weight) {
        return weight == null ? x : operations.norm(x, weight);
    }

    private static void closeUnless(NDArray kept, NDArray x) {
        if (x != kept) {
            x.close();
        }
    }

    private record Weights(LayerOperations operations, WeightNames names, Map<String, NDArray> all, int layer) {
        NDArray norm(Part part) {
            return names.has(part) ? all.get(names.weight(part, layer)) : null;
        }

        Linear linear(Part part) {
            return names.has(part)
                    ? new Linear(operations, all.get(names.weight(part, layer)), all.get(names.bias(part, layer)))
                    : null;
        }

        // Rows of the matrix of queries, keys and values. Views, so that no weight is held twice.
        Linear linear(Part part, long begin, long rows) {
            if (!names.has(Part.QUERY_KEY_VALUE)) {
                return linear(part);
            }
            Linear whole = linear(Part.QUERY_KEY_VALUE);
            String span = begin + ":" + (begin + rows);
            return new Linear(operations, whole.weight.get(span), whole.bias == null ? null : whole.bias.get(span));
        }
    }

    private record Linear(LayerOperations operations, NDArray weight, NDArray bias) {
        NDArray forward(NDArray x) {
            return operations.linear(x, weight, bias);
        }

        NDArray heads(NDArray x_BTD, long heads, NDArray norm) {
            Shape shape = x_BTD.getShape();
            try (NDArray projected = forward(x_BTD);
                    NDArray all = norm == null ? projected : operations.norm(projected, norm)) {
                return all.reshape(new Shape(
                        shape.get(0), shape.get(1), heads, weight.getShape().get(0) / heads));
            }
        }
    }
}
