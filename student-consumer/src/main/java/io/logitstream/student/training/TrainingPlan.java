package io.logitstream.student.training;

import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.loss.Tiling;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * What a training run will take, computed from its configuration alone.
 *
 * @param model shape of the student
 * @param rows rows of a batch, which go through the student together
 * @param contextLength predicted tokens of a row
 * @param precision type of the matrix products
 */
public record TrainingPlan(ModelConfig model, int rows, int contextLength, Precision precision) {
    private static final long FLOAT = Float.BYTES;
    private static final long HALF = 2;

    /** Trainable values by part: embedding, attention, feed-forward, norms, output head. */
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

    /** Bytes of the weights; their gradients take as much, and the two moments twice as much. */
    public long weightBytes() {
        return FLOAT * WeightShapes.parameters(model);
    }

    /**
     * Bytes that the forward pass keeps for the backward pass: for each token and layer the inputs of its operations,
     * which are 6 D + 4 HK + 4 F + H + 2 values, and 4 D around the layers (residual stream, last norm, its output and
     * gradient). In bfloat16 the inputs of the products and of attention, 2 D + 4 HK + 4 F of the values, take two bytes
     * each, and so do the layers' matrices, which are kept a second time in that type.
     */
    public long activationBytes() {
        return tokens() * (model.layers() * layerBytes() + FLOAT * 4 * model.hiddenSize())
                + model.layers() * layerWeightBytes();
    }

    /** The same where layers keep their input only and are computed again: one layer at a time is whole. */
    public long recomputedActivationBytes() {
        return tokens() * (FLOAT * (model.layers() + 4L) * model.hiddenSize() + layerBytes()) + layerWeightBytes();
    }

    private long layerBytes() {
        long ofProducts =
                2L * model.hiddenSize() + 4L * model.heads() * model.headSize() + 4L * model.feedForwardSize();
        return FLOAT * (4L * model.hiddenSize() + model.heads() + 2) + (half() ? HALF : FLOAT) * ofProducts;
    }

    private long layerWeightBytes() {
        long attention = 2L * model.hiddenSize() * model.headSize() * (model.heads() + model.keyValueHeads());
        return half() ? HALF * (attention + 3L * model.hiddenSize() * model.feedForwardSize()) : 0;
    }

    /**
     * At most the bytes of the chunks of [rows, vocabulary] that the output head works in, of which there are two where the
     * student is tempered over the whole vocabulary; in bfloat16 also of one of that type, of the output weight and of its
     * gradient.
     */
    public long headBytes() {
        long chunk = Math.min(tokens(), Tiling.of(model.vocabularySize()).rows()) * model.vocabularySize();
        return 2 * FLOAT * chunk + (half() ? HALF * (chunk + 2L * model.vocabularySize() * model.hiddenSize()) : 0);
    }

    /** Bytes of weights, gradients, moments, activations and output head together. */
    public long bytes(boolean recompute) {
        return 4 * weightBytes() + (recompute ? recomputedActivationBytes() : activationBytes()) + headBytes();
    }

    private boolean half() {
        return precision == Precision.BFLOAT16;
    }

    /**
     * Floating-point operations of training on a token: {@code 6 N + 12 L H K T}, N the values of all matrices that are
     * multiplied (the output head with them, the look-up of the embedding not), L layers, H heads of size K, T the
     * context (Chowdhery et al. 2022, PaLM, appendix B: causal attention is counted as if it looked at all positions).
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

    /** The learning rate by the part of the run that is done. */
    public static DoubleUnaryOperator learningRate(TrainingConfig training) {
        return progress -> training.learningRate() * training.schedule().at(progress);
    }

    /** The weight of the distillation loss by the part of the run that is done. */
    public static DoubleUnaryOperator alpha(LossConfig loss) {
        return loss::alphaAt;
    }
}
