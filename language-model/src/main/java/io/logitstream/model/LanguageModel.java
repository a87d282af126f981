package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ContextLimit;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.layers.AutogradSegment;
import io.logitstream.model.layers.CausalAttention;
import io.logitstream.model.layers.DecoderLayer;
import io.logitstream.model.layers.EmbeddingAndHead;
import io.logitstream.model.layers.EmbeddingSegment;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.layers.FusedDecoderLayer;
import io.logitstream.model.layers.KeyValueCache;
import io.logitstream.model.layers.LayerOperations;
import io.logitstream.model.layers.RotaryEmbedding;
import io.logitstream.model.layers.SegmentedForwardPass;
import io.logitstream.model.layers.TrainingSegment;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/**
 * A decoder-only transformer. It ends at the last norm: the output head is left to the caller, who seldom wants
 * all of [positions, vocabulary] at once. The forward pass may run in several threads at a time.
 */
public final class LanguageModel implements CausalModel {
    private final NDManager manager;
    private volatile ModelConfig config;
    private final Map<String, NDArray> weights;
    private final TorchScript kernels;
    private final NDArray epsilon;
    private final RotaryEmbedding rope;
    private final RotaryEmbedding windowedRope;
    private final EmbeddingAndHead outside;
    private final NDArray embedding;
    private final NDArray finalNorm;
    private final List<DecoderLayer> layers;
    private final List<DecoderLayer> bfloat16Layers;
    private final List<FusedDecoderLayer> plainLayers;

    /**
     * A model of the given weights.
     *
     * @param manager scope of the model's own; closed with the model, and owner of the weights
     * @param config shape of the model
     * @param weights all weights by Hugging Face name, see {@link WeightShapes#shapes}
     */
    LanguageModel(NDManager manager, ModelConfig config, Map<String, NDArray> weights) {
        this(manager, config, weights, positions -> config.rope().inverseFrequencies(config.headSize(), positions));
    }

    LanguageModel(
            NDManager manager,
            ModelConfig config,
            Map<String, NDArray> weights,
            LongFunction<double[]> inverseFrequencies) {
        this.manager = manager;
        this.config = config;
        this.weights = Collections.unmodifiableMap(weights);
        this.kernels = TorchScript.load(manager, DecoderLayer.class, "decoder.py");
        this.epsilon = manager.create((float) config.normEpsilon());
        this.rope = new RotaryEmbedding(manager, config.rope(), inverseFrequencies);
        RopeConfig windowed = config.arithmetic().windowedRope();
        this.windowedRope = windowed == null
                ? null
                : new RotaryEmbedding(
                        manager, windowed, positions -> windowed.inverseFrequencies(config.headSize(), positions));
        WeightNames names = ModelFamilies.weightNames(config);
        this.embedding = weights.get(names.weight(Part.EMBEDDING));
        this.finalNorm = weights.get(names.weight(Part.FINAL_NORM));
        this.outside = new EmbeddingAndHead(config.arithmetic(), operations(Precision.FLOAT32));
        List<CausalAttention> attention = attention();
        this.layers = layers(attention, Precision.FLOAT32);
        this.bfloat16Layers = layers(attention, Precision.BFLOAT16);
        this.plainLayers = FusedDecoderLayer.fits(config) ? plainLayers(attention) : null;
    }

    private List<CausalAttention> attention() {
        NDArray cap = operations(Precision.FLOAT32).bound(config.arithmetic().attentionCap());
        return IntStream.range(0, config.layers())
                .mapToObj(i -> new CausalAttention(
                        kernels, config.window(i) > 0 ? manager.create(new Shape(config.window(i), 0)) : null, cap))
                .toList();
    }

    private LayerOperations operations(Precision precision) {
        return new LayerOperations(
                kernels, epsilon, precision, config.arithmetic().normsAddOne());
    }

    private List<DecoderLayer> layers(List<CausalAttention> attention, Precision precision) {
        LayerOperations operations = operations(precision);
        return IntStream.range(0, config.layers())
                .mapToObj(i -> new DecoderLayer(config, operations, attention.get(i), weights, i))
                .toList();
    }

    private List<FusedDecoderLayer> plainLayers(List<CausalAttention> attention) {
        WeightNames names = ModelFamilies.weightNames(config);
        return IntStream.range(0, config.layers())
                .mapToObj(i -> new FusedDecoderLayer(names, epsilon, attention.get(i), weights, i))
                .toList();
    }

    /**
     * Hidden states after the last norm.
     *
     * @param ids_BT token ids, int32 or int64, below the vocabulary size
     * @return hidden states [B, T, D], owned by the scope of {@code ids_BT}; intermediate results are released
     *     layer by layer, but for those that a recorded backward pass needs
     */
    public NDArray hidden(NDArray ids_BT) {
        return hidden(ids_BT, null);
    }

    /**
     * Hidden states after the last norm, of positions that follow those in a cache. Nothing is recorded for a backward
     * pass.
     *
     * @param ids_BT token ids of the next positions, as many rows as the cache has
     * @param cache what the positions before have left, and these leave there too
     * @return hidden states [B, T, D] of these positions, owned by the scope of {@code ids_BT}
     * @throws ModelException when the cache has no room for them
     */
    public NDArray hidden(NDArray ids_BT, KeyValueCache cache) {
        ContextLimit.require(
                config, (cache == null ? 0 : cache.length()) + ids_BT.getShape().get(1));
        return hidden(ids_BT, cache, Precision.FLOAT32);
    }

    private NDArray hidden(NDArray ids_BT, KeyValueCache cache, Precision precision) {
        NDManager scope = ids_BT.getManager();
        long past = cache == null ? 0 : cache.length();
        long positions = ids_BT.getShape().get(1);
        if (cache != null) {
            cache.requireRoom(ids_BT.getShape().get(0), positions);
        }
        try (NDManager tables = scope.newSubManager()) {
            RotaryEmbedding.Table table = rope.table(tables, past, past + positions);
            RotaryEmbedding.Table windowed =
                    windowedRope == null ? table : windowedRope.table(tables, past, past + positions);
            NDArray x_BTD =
                    outside.scaledEmbedding(JniUtils.embedding((PtNDArray) ids_BT, (PtNDArray) embedding, false));
            boolean recorded = embedding.hasGradient() && JniUtils.isGradMode();
            List<DecoderLayer> stack = precision == Precision.BFLOAT16 ? bfloat16Layers : layers;
            boolean plain = plainLayers != null && precision == Precision.FLOAT32 && cache == null && !recorded;
            for (int i = 0; i < layers.size(); i++) {
                try (NDManager inLayer = scope.newSubManager()) {
                    x_BTD.attach(inLayer);
                    x_BTD = plain
                            ? plainLayers.get(i).forward(x_BTD, table)
                            : stack.get(i).forward(x_BTD, config.usesWindowedRope(i) ? windowed : table, cache);
                    x_BTD.attach(scope);
                }
            }
            NDArray hidden_BTD = outside.finalNorm(x_BTD, finalNorm);
            x_BTD.close();
            if (cache != null) {
                cache.advance(positions);
            }
            return hidden_BTD;
        }
    }

    @Override
    public Outputs outputs(NDArray ids_BT, int vocabularySize, Precision precision) {
        ContextLimit.require(config, ids_BT.getShape().get(1));
        return outputsOfAnyLength(ids_BT, vocabularySize, precision);
    }

    /** As {@link #outputs}, also of a context that is longer than the model was made for: a model in training. */
    public Outputs outputsOfAnyLength(NDArray ids_BT, int vocabularySize, Precision precision) {
        NDArray hidden_ND = hidden(ids_BT, null, precision).reshape(new Shape(ids_BT.size(), config.hiddenSize()));
        NDArray used_VD = outputWeight();
        if (vocabularySize != config.vocabularySize()) {
            used_VD = used_VD.get("0:" + vocabularySize);
            used_VD.attach(ids_BT.getManager());
        }
        if (config.arithmetic().logitsCap() > 0) {
            try (hidden_ND) {
                return new Outputs(outside.logits(hidden_ND, used_VD), List.of());
            }
        }
        return new Outputs(hidden_ND, List.of(used_VD));
    }

    @Override
    public long bytesPerRow(int positions) {
        return config.forwardBytes(positions);
    }

    @Override
    public long longestContext() {
        return ContextLimit.of(config);
    }

    @Override
    public void requireContext(long positions) {
        ContextLimit.require(config, positions);
    }

    @Override
    public int vocabularySize() {
        return config.vocabularySize();
    }

    /**
     * A forward pass of a training step; the calling thread records gradients. A context longer than the model was made for
     * makes it a model for that length.
     *
     * @param ids_BT token ids, int32 or int64, below the vocabulary size
     * @param recompute whether the backward pass computes activations again instead of keeping them, for less memory
     * @param precision type of the layers' products; hidden states and gradients are float32 either way
     */
    public ForwardPass forward(NDArray ids_BT, boolean recompute, Precision precision) {
        config = ContextLimit.trainedOn(config, ids_BT.getShape().get(1));
        if (!outside.isTrainable() || ModelFamilies.weightNames(config).has(Part.QUERY_KEY_VALUE)) {
            throw new ModelException("a model of the family " + config.family() + " can teach, but not be trained");
        }
        return new SegmentedForwardPass(
                parts(ids_BT.getManager(), ids_BT.getShape().get(1), precision), ids_BT, recompute);
    }

    private List<TrainingSegment> parts(NDManager scope, long positions, Precision precision) {
        RotaryEmbedding.Table table = rope.table(scope, 0, positions);
        RotaryEmbedding.Table windowed = windowedRope == null ? table : windowedRope.table(scope, 0, positions);
        List<TrainingSegment> parts = new ArrayList<>();
        parts.add(new EmbeddingSegment(kernels, embedding));
        if (plainLayers != null && precision == Precision.FLOAT32) {
            plainLayers.forEach(layer -> parts.add(layer.at(table)));
        } else {
            List<DecoderLayer> stack = precision == Precision.BFLOAT16 ? bfloat16Layers : layers;
            for (int i = 0; i < layers.size(); i++) {
                DecoderLayer layer = stack.get(i);
                RotaryEmbedding.Table own = config.usesWindowedRope(i) ? windowed : table;
                parts.add(new AutogradSegment(x_BTD -> layer.forward(x_BTD, own, null)));
            }
        }
        parts.add(new AutogradSegment(x_BTD -> outside.finalNorm(x_BTD, finalNorm)));
        return parts;
    }

    /**
     * Logits of every position: B * T * V values, for small inputs.
     *
     * @param ids_BT token ids
     * @return logits [B, T, V], owned by the scope of {@code ids_BT}
     */
    public NDArray logits(NDArray ids_BT) {
        try (NDArray hidden_BTD = hidden(ids_BT)) {
            return logitsOf(hidden_BTD);
        }
    }

    /**
     * Logits of hidden states.
     *
     * @param hidden hidden states after the last norm, D values each
     * @return logits, V values each, owned by the scope of {@code hidden}
     */
    public NDArray logitsOf(NDArray hidden) {
        return outside.logits(hidden, outputWeight());
    }

    /**
     * A new cache of keys and values, the caller's to close.
     *
     * @param rows rows B of the inputs
     * @param capacity most positions it can hold; 8 * layers * keyValueHeads * headSize bytes for each, taken at once
     */
    public KeyValueCache newCache(int rows, int capacity) {
        NDManager scope = newScope();
        // Grown here once: the table would otherwise be made anew for each further token.
        rope.table(scope, capacity);
        if (windowedRope != null) {
            windowedRope.table(scope, capacity);
        }
        return new KeyValueCache(scope, kernels, config, rows, capacity);
    }

    /** Shape of the model. */
    public ModelConfig config() {
        return config;
    }

    /** Weights by Hugging Face name, in the order of the forward pass. */
    public Map<String, NDArray> weights() {
        return weights;
    }

    /** The output head [V, D]: the embedding when tied. */
    public NDArray outputWeight() {
        return weights.get(WeightShapes.output(config));
    }

    @Override
    public NDManager newScope() {
        return manager.newSubManager();
    }

    /** Kernels of the decoder, with those of the optimizer. */
    public TorchScript kernels() {
        return kernels;
    }

    @Override
    public void close() {
        manager.close();
    }
}
