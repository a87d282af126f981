package io.logitstream.model.huggingface;

import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names and shapes of all weights of a model. */
public final class WeightShapes {
    private final ModelConfig config;
    private final WeightNames names;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    private WeightShapes(ModelConfig config) {
        this.config = config;
        this.names = ModelFamilies.weightNames(config);
    }

    /** Name of the weight that is the output head: the embedding if they are tied. */
    public static String output(ModelConfig config) {
        return ModelFamilies.weightNames(config).weight(config.tiedEmbeddings() ? Part.EMBEDDING : Part.OUTPUT);
    }

    /**
     * Names and shapes of all weights.
     *
     * @param config shape of the model
     * @return shape by name, in the order of the forward pass; without {@code lm_head.weight} if it is tied
     */
    public static Map<String, Shape> shapes(ModelConfig config) {
        WeightShapes all = new WeightShapes(config);
        Shape matrix_VD = new Shape(config.vocabularySize(), config.hiddenSize());
        all.shapes.put(all.names.weight(Part.EMBEDDING), matrix_VD);
        for (int i = 0; i < config.layers(); i++) {
            all.attention(i);
            all.feedForward(i);
        }
        all.shapes.put(all.names.weight(Part.FINAL_NORM), new Shape(config.hiddenSize()));
        if (!config.tiedEmbeddings()) {
            all.shapes.put(all.names.weight(Part.OUTPUT), matrix_VD);
        }
        return all.shapes;
    }

    /** Number of values of all weights. */
    public static long parameters(ModelConfig config) {
        return shapes(config).values().stream().mapToLong(Shape::size).sum();
    }

    private void attention(int layer) {
        long d = config.hiddenSize();
        long queries = (long) config.heads() * config.headSize();
        long keys = (long) config.keyValueHeads() * config.headSize();
        boolean bias = config.biases().queryKeyValue();
        norm(Part.ATTENTION_NORM, layer, d);
        projection(Part.QUERY, layer, queries, d, bias);
        projection(Part.KEY, layer, keys, d, bias);
        projection(Part.VALUE, layer, keys, d, bias);
        projection(Part.QUERY_KEY_VALUE, layer, queries + 2 * keys, d, bias);
        boolean allHeads = ModelFamilies.of(config.family()).normsAllHeads();
        norm(Part.QUERY_NORM, layer, allHeads ? queries : config.headSize());
        norm(Part.KEY_NORM, layer, allHeads ? keys : config.headSize());
        projection(Part.ATTENTION_OUTPUT, layer, d, queries, config.biases().attentionOutput());
        norm(Part.ATTENTION_OUTPUT_NORM, layer, d);
    }

    private void feedForward(int layer) {
        long d = config.hiddenSize();
        long f = config.feedForwardSize();
        boolean bias = config.biases().feedForward();
        norm(Part.FEED_FORWARD_NORM, layer, d);
        projection(Part.GATE, layer, f, d, bias);
        projection(Part.UP, layer, f, d, bias);
        projection(Part.GATE_AND_UP, layer, 2 * f, d, bias);
        projection(Part.DOWN, layer, d, f, bias);
        norm(Part.FEED_FORWARD_OUTPUT_NORM, layer, d);
    }

    private void norm(Part part, int layer, long size) {
        if (names.has(part)) {
            shapes.put(names.weight(part, layer), new Shape(size));
        }
    }

    private void projection(Part part, int layer, long out, long in, boolean bias) {
        if (names.has(part)) {
            shapes.put(names.weight(part, layer), new Shape(out, in));
            if (bias) {
                shapes.put(names.bias(part, layer), new Shape(out));
            }
        }
    }
}
