package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ContextLimit;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.layers.DecoderLayer;
import io.logitstream.model.layers.DecoderStack;
import io.logitstream.model.layers.EmbeddingAndHead;
import io.logitstream.model.layers.EmbeddingSegment;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.layers.KeyValueCache;
import io.logitstream.model.layers.LayerObserver;
import io.logitstream.model.layers.LayerOperations;
import io.logitstream.model.layers.SegmentedForwardPass;
import io.logitstream.model.layers.TrainingSegment;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.LongFunction;

/**
 * A decoder-only transformer. A forward pass ends with the hidden states after the final norm; the caller applies the
 * output head, because logits of all positions at once (B * T * V values) seldom fit into memory. Several threads may run
 * forward passes at the same time.
 */
public final class LanguageModel implements CausalModel {
    private static final String[] KERNELS = {
        "decoder.py", "projections.py", "attention.py", "bfloat16.py", "documents.py", "update.py"
    };

    private final NDManager manager;
    // Replaced when the model is trained on a context longer than its configuration says.
    private volatile ModelConfig config;
    private final Map<String, NDArray> weights;
    private final Precision held;
    private final TorchScript kernels;
    private final EmbeddingAndHead ends;
    private final DecoderStack layers;
    private final NDArray embedding;
    private final NDArray finalNorm;

    /**
     * A model of given weights.
     *
     * @param manager scope that owns the weights; the model closes it
     * @param config shape of the model
     * @param weights all weights by Hugging Face name, with the shapes of {@link WeightShapes#shapes}
     * @param held type of the matrices among them
     */
    LanguageModel(NDManager manager, ModelConfig config, Map<String, NDArray> weights, Precision held) {
        this(
                manager,
                config,
                weights,
                held,
                positions -> config.rope().inverseFrequencies(config.headSize(), positions),
                LayerObserver.NONE);
    }

    LanguageModel(
            NDManager manager,
            ModelConfig config,
            Map<String, NDArray> weights,
            LongFunction<double[]> inverseFrequencies) {
        this(manager, config, weights, Precision.FLOAT32, inverseFrequencies, LayerObserver.NONE);
    }

    private LanguageModel(
            NDManager manager,
            ModelConfig config,
            Map<String, NDArray> weights,
            Precision held,
            LongFunction<double[]> inverseFrequencies,
            LayerObserver observer) {
        this.held = held;
        this.manager = manager;
        this.config = config;
        this.weights = Collections.unmodifiableMap(weights);
        this.kernels = TorchScript.load(manager, DecoderLayer.class, KERNELS);
        NDArray epsilon = manager.create((float) config.normEpsilon());
        LayerOperations operations = new LayerOperations(
                kernels, epsilon, Precision.FLOAT32, config.arithmetic().normsAddOne());
        WeightNames names = ModelFamilies.weightNames(config);
        this.embedding = weights.get(names.weight(Part.EMBEDDING));
        this.finalNorm = weights.get(names.weight(Part.FINAL_NORM));
        this.ends = new EmbeddingAndHead(config.arithmetic(), operations, held);
        this.layers = new DecoderStack(manager, config, weights, held, operations, inverseFrequencies, observer);
    }

    /**
     * Hidden states after the final norm, in float32.
     *
     * @param ids_BT token ids, int32 or int64, below the vocabulary size
     * @return hidden states [B, T, D], owned by the scope of {@code ids_BT}
     * @throws ModelException if T exceeds the model's {@linkplain ContextLimit context}
     */
    public NDArray hidden(NDArray ids_BT) {
        return hidden(ids_BT, null);
    }

    /**
     * Hidden states after the final norm, in float32, for positions that follow those in a cache. Does not record a backward
     * pass.
     *
     * @param ids_BT token ids of the next positions; B is the number of rows of the cache
     * @param cache keys and values of the positions before, or null; takes those of these positions
     * @return hidden states [B, T, D] of these positions, owned by the scope of {@code ids_BT}
     * @throws ModelException if the cache has no room for them, or if they exceed the model's context
     */
    public NDArray hidden(NDArray ids_BT, KeyValueCache cache) {
        ContextLimit.require(
                config, (cache == null ? 0 : cache.length()) + ids_BT.getShape().get(1));
        return hidden(ids_BT, null, cache, Precision.FLOAT32, share -> {});
    }

    private NDArray hidden(
            NDArray ids_BT, DocumentLengths documents, KeyValueCache cache, Precision precision, DoubleConsumer done) {
        boolean recorded = embedding.hasGradient() && JniUtils.isGradMode();
        NDArray x_BTD = ends.embedding(ids_BT, embedding);
        try (NDArray stream_BTD = layers.forward(x_BTD, documents, cache, precision, recorded, done)) {
            return ends.finalNorm(stream_BTD, finalNorm);
        }
    }

    @Override
    public Outputs outputs(
            NDArray ids_BT, DocumentLengths documents, int vocabularySize, Precision precision, DoubleConsumer done) {
        ContextLimit.require(config, ids_BT.getShape().get(1));
        return outputsOfAnyLength(ids_BT, documents, vocabularySize, precision, done);
    }

    /**
     * As {@link #outputs}, but without the limit on the context. For a model that is trained on a longer context than
     * its configuration says.
     */
    public Outputs outputsOfAnyLength(
            NDArray ids_BT, DocumentLengths documents, int vocabularySize, Precision precision) {
        return outputsOfAnyLength(ids_BT, documents, vocabularySize, precision, share -> {});
    }

    private Outputs outputsOfAnyLength(
            NDArray ids_BT, DocumentLengths documents, int vocabularySize, Precision precision, DoubleConsumer done) {
        NDArray hidden_ND =
                hidden(ids_BT, documents, null, precision, done).reshape(new Shape(ids_BT.size(), config.hiddenSize()));
        NDArray used_VD = outputWeight();
        if (vocabularySize != config.vocabularySize()) {
            used_VD = ends.firstRows(ids_BT.getManager(), used_VD, vocabularySize);
        }
        if (config.arithmetic().logitsCap() > 0) {
            try (hidden_ND) {
                return new Outputs(ends.logits(hidden_ND, used_VD), List.of());
            }
        }
        return new Outputs(hidden_ND, List.of(used_VD));
    }

    @Override
    public long bytesPerRow(int positions, boolean isolated) {
        return layers.forwardBytes(positions, isolated);
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

    /** Forward pass of a training step over rows each of which is one text. */
    public ForwardPass forward(NDArray ids_BT, boolean recompute, Precision precision) {
        return forward(ids_BT, CausalModel.joined(ids_BT), recompute, precision);
    }

    /**
     * Forward pass of a training step. The calling thread has to record gradients. If T exceeds the model's context, the
     * configuration changes to a context of T.
     *
     * @param ids_BT token ids, int32 or int64, below the vocabulary size; owner of all results
     * @param documents documents of the rows, each of which sees itself alone
     * @param recompute whether the backward pass computes activations again instead of keeping them: less memory, one more
     *     forward pass
     * @param precision type of the layers' products; hidden states and gradients are float32 in both
     * @throws ModelException if the model's family can teach only
     */
    public ForwardPass forward(NDArray ids_BT, DocumentLengths documents, boolean recompute, Precision precision) {
        requireFloat32();
        config = ContextLimit.trainedOn(config, ids_BT.getShape().get(1));
        ModelFamilies.requireTrainable(config);
        List<TrainingSegment> segments = new ArrayList<>();
        segments.add(new EmbeddingSegment(kernels, embedding));
        segments.addAll(layers.segments(ids_BT.getManager(), documents, precision));
        segments.add(ends.finalNormSegment(finalNorm));
        return new SegmentedForwardPass(segments, ids_BT, recompute);
    }

    /** Logits of every position, [B, T, V], owned by the scope of the ids. For small inputs. */
    public NDArray logits(NDArray ids_BT) {
        try (NDArray hidden_BTD = hidden(ids_BT)) {
            return logitsOf(hidden_BTD);
        }
    }

    /** Logits [..., V] of hidden states after the final norm [..., D], owned by the scope of these. */
    public NDArray logitsOf(NDArray hidden) {
        return ends.logits(hidden, outputWeight());
    }

    /**
     * A new cache of keys and values; the caller closes it.
     *
     * @param rows B, rows of the inputs
     * @param capacity most positions it can hold. It takes 8 * layers * keyValueHeads * headSize bytes for each position of
     *     each row, all at once.
     */
    public KeyValueCache newCache(int rows, int capacity) {
        requireFloat32();
        NDManager scope = newScope();
        layers.prepareAngles(scope, capacity);
        return new KeyValueCache(scope, kernels, config, rows, capacity);
    }

    private void requireFloat32() {
        if (held != Precision.FLOAT32) {
            throw new IllegalStateException("a model that holds its weights in bfloat16 only computes whole rows");
        }
    }

    /** Shape of the model. */
    public ModelConfig config() {
        return config;
    }

    /**
     * Weights by Hugging Face name, in the order of the forward pass; owned by the model. Java cannot read the matrices of
     * a model that holds them in bfloat16.
     */
    public Map<String, NDArray> weights() {
        return weights;
    }

    /** The output head [V, D]; the embedding if they are tied. */
    public NDArray outputWeight() {
        return weights.get(WeightShapes.output(config));
    }

    @Override
    public NDManager newScope() {
        return manager.newSubManager();
    }

    /**
     * A model over weights of this one, such as one without some of its layers. It must be closed before this one.
     *
     * @param other shape of the model
     * @param ofOther its weights by Hugging Face name, all owned by this model
     * @param observer sees intermediate results of its forward passes without a cache or gradients, in float32
     */
    public LanguageModel view(ModelConfig other, Map<String, NDArray> ofOther, LayerObserver observer) {
        return new LanguageModel(
                newScope(),
                other,
                ofOther,
                held,
                positions -> other.rope().inverseFrequencies(other.headSize(), positions),
                observer);
    }

    /** Kernels of the decoder and the optimizer, on the model's device. */
    public TorchScript kernels() {
        return kernels;
    }

    @Override
    public void close() {
        manager.close();
    }
}
