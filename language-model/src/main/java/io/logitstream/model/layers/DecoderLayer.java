package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import java.util.Map;

/**
 * One decoder layer of any family, in float32 or bfloat16, with autograd as its backward pass: {@code x +
 * attention(norm(x))}, then {@code x + feedForward(norm(x))}. Some families also normalise what is added. A weight
 * that the family does not have is null, and its step is skipped.
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
    private final LayerObserver observer;

    /**
     * A layer over the weights of a model.
     *
     * @param config shape of the model
     * @param operations norms and products in the precision of this layer
     * @param attention attention without a cache
     * @param weights all weights of the model by Hugging Face name
     * @param index index of the layer
     * @param observer sees intermediate results
     */
    public DecoderLayer(
            ModelConfig config,
            LayerOperations operations,
            CausalAttention attention,
            Map<String, NDArray> weights,
            int index,
            LayerObserver observer) {
        this.index = index;
        this.observer = observer;
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
     * Runs the layer. Each intermediate result is closed as soon as the next one is computed: memory that is reused
     * at once is still in the CPU's cache. libtorch itself keeps what a recorded backward pass needs.
     *
     * @param x_BTD residual stream
     * @param rope angles of the T positions
     * @param cache keys and values of the positions before, to which those of these positions are added; or null if T
     *     starts at the beginning and nothing follows
     * @return residual stream [B, T, D], owned by the scope of {@code x_BTD}
     */
    public NDArray forward(NDArray x_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
        NDArray attended_BTD = sum(x_BTD, attention(x_BTD, rope, cache), attentionOutputNorm);
        NDArray result_BTD = sum(attended_BTD, feedForward(attended_BTD), feedForwardOutputNorm);
        attended_BTD.close();
        observer.layer(index, x_BTD, result_BTD);
        return result_BTD;
    }

    private NDArray attention(NDArray x_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
        NDArray normed_BTD = attentionNorm == null ? operations.unnormed(x_BTD) : norm(x_BTD, attentionNorm);
        observer.normed(index, normed_BTD);
        try (NDArray q_BTHA = scaled(rotated(query, normed_BTD, config.heads(), queryNorm, rope), queryFactor);
                NDArray k_BTGA = rotated(key, normed_BTD, config.keyValueHeads(), keyNorm, rope);
                NDArray v_BTGA = value.heads(normed_BTD, config.keyValueHeads(), null);
                NDArray mixed_BTD = cache == null
                        ? attention.of(q_BTHA, k_BTGA, v_BTGA, rope.documents())
                        : cache.attention(index, q_BTHA, k_BTGA, v_BTGA, config.window(index), attention.cap())) {
            observer.heads(index, mixed_BTD);
            return attentionOutput.forward(mixed_BTD);
        } finally {
            closeUnless(x_BTD, normed_BTD);
        }
    }

    private NDArray feedForward(NDArray x_BTD) {
        NDArray normed_BTD = feedForwardNorm == null ? operations.unnormed(x_BTD) : norm(x_BTD, feedForwardNorm);
        observer.normed(index, normed_BTD);
        try (NDArray inner_BTF = inner(normed_BTD)) {
            observer.neurons(index, inner_BTF);
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

    // A norm over all heads together (OLMo 2) applies before the split into heads, a norm of each head after it.
    private NDArray rotated(
            Linear projection, NDArray normed_BTD, int heads, NDArray norm, RotaryEmbedding.Table rope) {
        boolean ofAllHeads = norm != null && norm.getShape().get(0) != config.headSize();
        NDArray x_BTHA = projection.heads(normed_BTD, heads, ofAllHeads ? norm : null);
        NDArray normed_BTHA = ofAllHeads ? x_BTHA : norm(x_BTHA, norm);
        closeUnless(normed_BTHA, x_BTHA);
        if (!config.arithmetic().isRotated(index)) {
            return normed_BTHA;
        }
        try (normed_BTHA) {
            return kernels.call(rotate, normed_BTHA, rope.cos_T1R(), rope.sin_T1R());
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

    /** The norm, or the input itself if there is none. */
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

        // Rows of the joint matrix of query, key and value (Phi 3). Views, so that no weight is stored twice.
        Linear linear(Part part, long begin, long rows) {
            if (!names.has(Part.QUERY_KEY_VALUE)) {
                return linear(part);
            }
            Linear whole = linear(Part.QUERY_KEY_VALUE);
            long end = begin + rows;
            return new Linear(
                    operations,
                    operations.precision() == Precision.FLOAT32
                            ? whole.weight.get(begin + ":" + end)
                            : operations.rows(whole.weight, begin, end),
                    whole.bias == null ? null : whole.bias.get(begin + ":" + end));
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
