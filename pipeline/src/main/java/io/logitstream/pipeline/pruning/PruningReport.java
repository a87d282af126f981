package io.logitstream.pipeline.pruning;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.pruning.DepthCriterion;
import io.logitstream.model.pruning.Importance;
import io.logitstream.model.pruning.KeptParts;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a pruned model was made from, as {@code pruning.json}. Numbers have six significant digits.
 *
 * @param source the model that was pruned
 * @param calibration text on which importance and losses were measured
 * @param by criterion of the layers
 * @param sizes sizes of the source and of the pruned model, by configuration key
 * @param parameters number of parameters of both
 * @param loss mean loss of both on the calibration text in nats per token, before any training
 * @param layers all layers of the source, in order
 * @param blocks importance of each run of as many layers as go, by its first layer; null unless that is the criterion
 * @param channels hidden channels
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PruningReport(
        Source source,
        CalibrationRows calibration,
        String by,
        Map<String, Change> sizes,
        Change parameters,
        Loss loss,
        List<Layer> layers,
        List<Double> blocks,
        Part channels) {
    /**
     * Model that was pruned.
     *
     * @param family its model_type
     * @param weights SHA-256 over its weight files
     * @param tokenizer SHA-256 of its tokenizer.json
     */
    public record Source(String family, String weights, String tokenizer) {}

    /**
     * Text of the measurement.
     *
     * @param text name of the corpus or topic
     * @param rows number of rows
     * @param contextLength predicted tokens of a row
     */
    public record CalibrationRows(String text, int rows, int contextLength) {}

    /** A number of the source and of the pruned model. */
    public record Change(long source, long pruned) {}

    /** A loss of the source and of the pruned model. */
    public record Loss(double source, double pruned) {}

    /**
     * A layer of the source.
     *
     * @param importance importance of the layer; null where runs of layers are compared
     * @param kept whether it was kept; if not, the other values are null
     * @param keyValueHeads key-value heads that were kept with their query heads
     * @param neurons feed-forward neurons that were kept
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Layer(Double importance, boolean kept, Part keyValueHeads, Part neurons) {}

    /**
     * Parts that were kept.
     *
     * @param kept their indices in the source, ranges as {@code 0-5}
     * @param importanceShare their share of the importance of all
     */
    public record Part(String kept, double importanceShare) {}

    /**
     * A report.
     *
     * @param config shape of the source
     * @param importance importance of its parts
     * @param depth criterion of the layers
     * @param kept parts that were kept
     */
    static PruningReport of(
            Source source,
            CalibrationRows calibration,
            ModelConfig config,
            Importance importance,
            DepthCriterion depth,
            KeptParts kept,
            Loss loss) {
        ModelConfig pruned = kept.config(config);
        Map<String, Change> sizes = new LinkedHashMap<>();
        sizes.put("layers", new Change(config.layers(), pruned.layers()));
        sizes.put("feedForward", new Change(config.feedForwardSize(), pruned.feedForwardSize()));
        sizes.put("heads", new Change(config.heads(), pruned.heads()));
        sizes.put("keyValueHeads", new Change(config.keyValueHeads(), pruned.keyValueHeads()));
        sizes.put("hidden", new Change(config.hiddenSize(), pruned.hiddenSize()));
        boolean blocks = depth == DepthCriterion.BLOCK;
        return new PruningReport(
                source,
                calibration,
                depth.key(),
                sizes,
                new Change(WeightShapes.parameters(config), WeightShapes.parameters(pruned)),
                new Loss(rounded(loss.source()), rounded(loss.pruned())),
                IntStream.range(0, config.layers())
                        .mapToObj(layer ->
                                layer(layer, blocks ? null : rounded(importance.layers()[layer]), importance, kept))
                        .toList(),
                blocks
                        ? Arrays.stream(importance.layers())
                                .mapToObj(PruningReport::rounded)
                                .toList()
                        : null,
                part(kept.channels(), importance.channels()));
    }

    private static Layer layer(int layer, Double ofLayer, Importance importance, KeptParts kept) {
        int place = kept.layers().indexOf(layer);
        return place < 0
                ? new Layer(ofLayer, false, null, null)
                : new Layer(
                        ofLayer,
                        true,
                        part(kept.groups().get(place), importance.groups()[layer]),
                        part(kept.neurons().get(place), importance.neurons()[layer]));
    }

    private static Part part(List<Integer> kept, double[] importance) {
        double all = Arrays.stream(importance).sum();
        double ofKept = kept.stream().mapToDouble(i -> importance[i]).sum();
        return new Part(ranges(kept), all == 0 ? 1 : rounded(ofKept / all));
    }

    /** Ascending indices as text, such as {@code 0-5, 7}. */
    static String ranges(List<Integer> indices) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < indices.size(); i++) {
            int first = indices.get(i);
            while (i + 1 < indices.size() && indices.get(i + 1) == indices.get(i) + 1) {
                i++;
            }
            text.append(text.length() == 0 ? "" : ", ").append(first);
            if (indices.get(i) > first) {
                text.append('-').append(indices.get(i));
            }
        }
        return text.toString();
    }

    private static Double rounded(double value) {
        return BigDecimal.valueOf(value).round(new MathContext(6)).doubleValue();
    }
}
