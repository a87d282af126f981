package io.logitstream.student.training;

import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.layers.FusedDecoderLayer;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.loss.Tiling;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Memory and operations of a training run, computed from its configuration only.
 *
 * @param model shape of the student
 * @param rows rows of a batch, which go through the student together
 * @param contextLength predicted tokens of a row
 * @param precision type of the matrix products
 * @param execution how operations run
 */
public record TrainingPlan(ModelConfig model, int rows, int contextLength, Precision precision, Execution execution) {
    private static final long FLOAT = Float.BYTES;
    private static final long HALF = 2;

    /** A plan for a CPU. */
    public TrainingPlan(ModelConfig model, int rows, int contextLength, Precision precision) {
        this(model, rows, contextLength, precision, Execution.IMMEDIATE);
    }

    /** Number of trainable values by part: embedding, attention, feed-forward, norms, output head. */
    public Map<String, Long> parameters() {
        Map<String, Long> parts = new LinkedHashMap<>();
        for (String part : new String[] {"embedding", "attention", "feed-forward", "norms", "output head"}) {
            parts.put(part, 0L);
        }
        WeightShapes.shapes(model).forEach((name, shape) -> parts.merge(part(name, shape), shape.size(), Long::sum));
        return parts;
    }

    private String part(String name, Shape shape) {
        if (name.equals(WeightShapes.output(model))) {
            return model.tiedEmbeddings() ? "embedding" : "output head";
        }
        return name.contains("embed")
                ? "embedding"
                : shape.dimension() == 1 && name.contains("norm")
                        ? "norms"
                        : name.contains("attn") ? "attention" : name.contains("mlp") ? "feed-forward" : "norms";
    }

    /** Bytes of the weights. Their gradients take the same, and the two moments twice that. */
    public long weightBytes() {
        return FLOAT * WeightShapes.parameters(model);
    }

    /**
     * Bytes that the forward pass keeps for the backward pass: per token and layer the inputs of its operations, 6 D +
     * 4 HA + 4 F + H + 2 values (D hidden size, H heads of size A, F feed-forward size), and 4 D around the layers
     * (residual stream, last norm, its output and gradient). On a CPU, fused layers keep about H (T + 64) / 2 probabilities in
     * place of the H where T is at most 512; a sliding window that is shorter than T keeps less. Norms of queries and keys keep (H + G) (A + 1) more, and norms
     * of what attention and feed-forward add 4 D + 4. In bfloat16 the inputs of the products and of attention, 2
     * D + 4 HA + 4 F of the values, take two bytes each; the layers' matrices are kept a second time in that type.
     */
    public long activationBytes() {
        return tokens() * FLOAT * 4 * model.hiddenSize()
                + model.layers() * (tokens() * layerBytes() + attentionBytes() + layerWeightBytes());
    }

    /** The same with recomputation: layers keep their input only, and one layer at a time has all activations. */
    public long recomputedActivationBytes() {
        return tokens() * (FLOAT * (model.layers() + 4L) * model.hiddenSize() + layerBytes())
                + attentionBytes()
                + layerWeightBytes();
    }

    private long layerBytes() {
        long ofProducts =
                2L * model.hiddenSize() + 4L * model.heads() * model.headSize() + 4L * model.feedForwardSize();
        return FLOAT * (4L * model.hiddenSize() + 2 + furtherNorms()) + (half() ? HALF : FLOAT) * ofProducts;
    }

    private long attentionBytes() {
        boolean keepsProbabilities = isFused() && execution == Execution.IMMEDIATE;
        long kept = keepsProbabilities ? FusedDecoderLayer.keptByAttention(contextLength) : contextLength;
        return FLOAT * rows * model.heads() * kept;
    }

    private long furtherNorms() {
        WeightNames names = ModelFamilies.weightNames(model);
        long ofHeads = (long) (model.heads() + model.keyValueHeads()) * (model.headSize() + 1);
        return (names.has(Part.QUERY_NORM) ? ofHeads : 0)
                + (names.has(Part.ATTENTION_OUTPUT_NORM) ? 4L * model.hiddenSize() + 4 : 0);
    }

    private long layerWeightBytes() {
        long attention = 2L * model.hiddenSize() * model.headSize() * (model.heads() + model.keyValueHeads());
        return half() ? HALF * (attention + 3L * model.hiddenSize() * model.feedForwardSize()) : 0;
    }

    /**
     * Upper bound of the bytes of the output head's chunks [C, V], of which there are two where the student is tempered
     * over the whole vocabulary; in bfloat16 also of a chunk, the output weight and its gradient in that type.
     */
    public long headBytes() {
        long chunk =
                Math.min(tokens(), Tiling.of(model.vocabularySize(), execution).rows()) * model.vocabularySize();
        return 2 * FLOAT * chunk + (half() ? HALF * (chunk + 2L * model.vocabularySize() * model.hiddenSize()) : 0);
    }

    /** Bytes of weights, gradients, moments, activations and output head together. */
    public long bytes(boolean recompute) {
        return 4 * weightBytes() + (recompute ? recomputedActivationBytes() : activationBytes()) + headBytes();
    }

    /** Whether the layers have a hand-written backward pass. */
    public boolean isFused() {
        return !half() && FusedDecoderLayer.fits(model);
    }

    private boolean half() {
        return precision == Precision.BFLOAT16;
    }

    /**
     * Floating-point operations per trained token: 6 for each value of a matrix that is multiplied (including the
     * output head, not the embedding, which is looked up), and {@code 12 H A T} per layer for attention with H heads of
     * size A over T positions (Chowdhery et al. 2022, PaLM, appendix B, which counts causal attention as attention to
     * all positions).
     */
    public double operationsPerToken() {
        double multiplied = WeightShapes.shapes(model).entrySet().stream()
                .filter(weight -> weight.getValue().dimension() == 2)
                .filter(weight -> !weight.getKey().contains("embed") || model.tiedEmbeddings())
                .mapToDouble(weight -> weight.getValue().size())
                .sum();
        return 6 * multiplied + 12.0 * model.layers() * model.heads() * model.headSize() * contextLength;
    }

    private long tokens() {
        return (long) rows * contextLength;
    }

    /** The learning rate as a function of the share of the token budget that is done. */
    public static DoubleUnaryOperator learningRate(TrainingConfig training) {
        return training::learningRateAt;
    }

    /** Alpha as a function of the share of the token budget that is done. */
    public static DoubleUnaryOperator alpha(LossConfig loss) {
        return loss::alphaAt;
    }
}
