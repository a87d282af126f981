package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/**
 * All decoder layers of a model with their rotary embedding. A layer exists in up to three forms over the same weights: in
 * float32, in bfloat16 and, where the model has the form for it, fused. Inference and training choose among them. A
 * model that holds its matrices in bfloat16 has the second form alone.
 */
public final class DecoderStack {
    private final ModelConfig config;
    private final RotaryEmbedding rope;
    private final RotaryEmbedding windowedRope;
    private final List<DecoderLayer> float32Layers;
    private final List<DecoderLayer> bfloat16Layers;
    private final List<FusedDecoderLayer> fusedLayers;
    private final boolean fusedInference;
    private final boolean onGpu;

    /**
     * The layers of a model.
     *
     * @param manager owner of the tensors made here
     * @param config shape of the model
     * @param weights all weights by Hugging Face name
     * @param held type of the matrices among them
     * @param operations norms and products in float32
     * @param inverseFrequencies angles per position of the layers without a sliding window, by context length
     * @param observer sees intermediate results of inference in float32; with one, no layer is fused
     */
    public DecoderStack(
            NDManager manager,
            ModelConfig config,
            Map<String, NDArray> weights,
            Precision held,
            LayerOperations operations,
            LongFunction<double[]> inverseFrequencies,
            LayerObserver observer) {
        this.config = config;
        this.rope = new RotaryEmbedding(manager, config.rope(), inverseFrequencies);
        RopeConfig windowed = config.arithmetic().windowedRope();
        this.windowedRope = windowed == null
                ? null
                : new RotaryEmbedding(
                        manager, windowed, positions -> windowed.inverseFrequencies(config.headSize(), positions));
        TorchScript kernels = operations.kernels();
        NDArray cap = operations.bound(config.arithmetic().attentionCap());
        List<CausalAttention> attention = IntStream.range(0, config.layers())
                .mapToObj(i -> new CausalAttention(
                        kernels, config.window(i) > 0 ? manager.create(new Shape(config.window(i), 0)) : null, cap))
                .toList();
        this.bfloat16Layers = layers(operations.in(Precision.BFLOAT16), attention, weights, LayerObserver.NONE);
        boolean float32 = held == Precision.FLOAT32;
        this.float32Layers = float32 ? layers(operations, attention, weights, observer) : bfloat16Layers;
        boolean fits = float32 && observer == LayerObserver.NONE && FusedDecoderLayer.fits(config);
        this.fusedLayers = fits ? fused(operations.epsilon(), attention, weights) : null;
        // A Qwen teacher keeps the order of its operations, so that its logits stay as they were for the same rows.
        this.fusedInference = fusedLayers != null && fusedLayers.get(0).isPlain();
        this.onGpu = manager.getDevice().isGpu();
    }

    private List<DecoderLayer> layers(
            LayerOperations operations,
            List<CausalAttention> attention,
            Map<String, NDArray> weights,
            LayerObserver observer) {
        return IntStream.range(0, config.layers())
                .mapToObj(i -> new DecoderLayer(config, operations, attention.get(i), weights, i, observer))
                .toList();
    }

    private List<FusedDecoderLayer> fused(
            NDArray epsilon, List<CausalAttention> attention, Map<String, NDArray> weights) {
        WeightNames names = ModelFamilies.weightNames(config);
        return IntStream.range(0, config.layers())
                .mapToObj(i -> new FusedDecoderLayer(names, epsilon, attention.get(i), weights, i))
                .toList();
    }

    /**
     * Runs all layers. Intermediate results are released layer by layer, except those that a recorded backward pass needs.
     *
     * @param x_BTD embeddings; closed here
     * @param documents documents of the rows; null where a row is one text
     * @param cache keys and values of the positions before, or null; takes those of these positions
     * @param precision type of the layers' products
     * @param recorded whether the calling thread records a backward pass through the layers
     * @param progress receives the share of the products that are done after each layer, of those with the output head
     * @return residual stream [B, T, D] after the last layer, owned by the scope of {@code x_BTD}
     */
    public NDArray forward(
            NDArray x_BTD,
            DocumentLengths documents,
            KeyValueCache cache,
            Precision precision,
            boolean recorded,
            DoubleConsumer progress) {
        NDManager scope = x_BTD.getManager();
        long added = x_BTD.getShape().get(1);
        long past = cache == null ? 0 : cache.length();
        if (cache != null) {
            cache.requireRoom(x_BTD.getShape().get(0), added);
        }
        boolean fused = fusedInference && precision == Precision.FLOAT32 && cache == null && !recorded;
        NDArray stream_BTD = x_BTD;
        try (NDManager tables = scope.newSubManager()) {
            Tables positions = tables(tables, documents, past, past + added);
            PairAngles angles =
                    fused ? pairAngles(tables, positions, x_BTD.getShape().get(0)) : null;
            for (int i = 0; i < config.layers(); i++) {
                try (NDManager inLayer = scope.newSubManager()) {
                    stream_BTD.attach(inLayer);
                    stream_BTD = fused
                            ? fusedLayers.get(i).forward(stream_BTD, angles)
                            : layer(i, precision).forward(stream_BTD, positions.ofLayer(config, i), cache);
                    stream_BTD.attach(scope);
                }
                progress.accept(config.shareOfLayers(i + 1));
            }
        }
        if (cache != null) {
            cache.advance(added);
        }
        return stream_BTD;
    }

    /**
     * Approximate peak memory of a forward pass without gradients, beyond the weights. Mask and angles of isolated
     * documents are counted where the mask is that of short attention.
     *
     * @param positions positions of a row
     * @param isolated whether the documents of a row are isolated
     * @return bytes for each row of a batch
     */
    // Short attention is counted for any number of threads, although several take libtorch's kernel: a thread that asks
    // need not be one that computes.
    public long forwardBytes(int positions, boolean isolated) {
        long anywhere = config.forwardBytes(positions);
        if (!fusedInference || onGpu || !ShortAttention.fits(positions)) {
            return anywhere;
        }
        long attention = (long) positions * config.hiddenSize() + ShortAttention.inferred(config, positions);
        // Cosines and sines by position, and both as the layers take them.
        long documents = isolated ? positions * (positions + 3L * config.headSize()) : 0;
        return Math.max(anywhere, Float.BYTES * attention) + Float.BYTES * documents;
    }

    /**
     * The layers as segments of a training pass.
     *
     * @param scope owner of the angles; open until the backward pass is done
     * @param documents documents of the rows
     * @param precision type of the layers' products
     */
    public List<TrainingSegment> segments(NDManager scope, DocumentLengths documents, Precision precision) {
        Tables positions = tables(scope, documents, 0, documents.positions());
        boolean fused = fusedLayers != null && precision == Precision.FLOAT32;
        PairAngles angles = fused
                ? pairAngles(scope, positions, documents.rows())
                        .forTraining(scope, fusedLayers.get(0).kernels())
                : null;
        List<TrainingSegment> segments = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            if (fused) {
                segments.add(fusedLayers.get(i).at(angles));
            } else {
                DecoderLayer layer = layer(i, precision);
                RotaryEmbedding.Table own = positions.ofLayer(config, i);
                segments.add(new AutogradSegment(x_BTD -> layer.forward(x_BTD, own, null)));
            }
        }
        return segments;
    }

    /** Computes the angles of a number of positions now, instead of anew for each position that is added to a cache. */
    public void prepareAngles(NDManager scope, long positions) {
        rope.table(scope, 0, positions);
        if (windowedRope != null) {
            windowedRope.table(scope, 0, positions);
        }
    }

    private PairAngles pairAngles(NDManager scope, Tables positions, long rows) {
        return PairAngles.forInference(scope, fusedLayers.get(0).kernels(), positions.all(), rows, config.heads());
    }

    private DecoderLayer layer(int index, Precision precision) {
        return (precision == Precision.BFLOAT16 ? bfloat16Layers : float32Layers).get(index);
    }

    private Tables tables(NDManager scope, DocumentLengths documents, long begin, long end) {
        if (documents == null || !documents.isSplit()) {
            RotaryEmbedding.Table all = rope.table(scope, begin, end);
            return new Tables(all, windowedRope == null ? all : windowedRope.table(scope, begin, end));
        }
        DocumentGroups groups = new DocumentGroups(scope, documents);
        RotaryEmbedding.Table all = rope.table(scope, documents, groups);
        return new Tables(all, windowedRope == null ? all : windowedRope.table(scope, documents, groups));
    }

    /** Positions of a pass for all layers, and for those whose sliding window has a rotary embedding of its own. */
    private record Tables(RotaryEmbedding.Table all, RotaryEmbedding.Table windowed) {
        RotaryEmbedding.Table ofLayer(ModelConfig config, int layer) {
            return config.usesWindowedRope(layer) ? windowed : all;
        }
    }
}
