package io.logitstream.model.pruning;

import io.logitstream.model.config.ModelConfig;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The parts of a source model that a pruned model consists of, as indices of the source in ascending order.
 *
 * @param layers layers
 * @param neurons feed-forward neurons, for each layer that is kept
 * @param groups key-value heads with their query heads, for each layer that is kept
 * @param channels hidden channels, the same in all layers
 */
public record KeptParts(
        List<Integer> layers, List<List<Integer>> neurons, List<List<Integer>> groups, List<Integer> channels) {

    /**
     * The most important parts. Of equally important ones those with the lower index are kept.
     *
     * @param importance importance of all parts
     * @param depth how {@code importance.layers()} was measured
     * @param source shape of the source
     * @param sizes sizes of the pruned model
     */
    public static KeptParts of(Importance importance, DepthCriterion depth, ModelConfig source, PrunedSizes sizes) {
        List<Integer> layers = depth == DepthCriterion.BLOCK
                ? withoutBlock(importance.layers(), source.layers(), sizes.layers())
                : largest(importance.layers(), sizes.layers());
        return new KeptParts(
                layers,
                layers.stream()
                        .map(layer -> largest(importance.neurons()[layer], sizes.feedForwardSize()))
                        .toList(),
                layers.stream()
                        .map(layer -> largest(importance.groups()[layer], sizes.keyValueHeads()))
                        .toList(),
                largest(importance.channels(), sizes.hiddenSize()));
    }

    /** Layers with all of their parts. */
    static KeptParts ofLayers(ModelConfig source, List<Integer> layers) {
        return new KeptParts(
                layers,
                Collections.nCopies(layers.size(), range(source.feedForwardSize())),
                Collections.nCopies(layers.size(), range(source.keyValueHeads())),
                range(source.hiddenSize()));
    }

    private static List<Integer> range(int size) {
        return IntStream.range(0, size).boxed().toList();
    }

    private static List<Integer> largest(double[] importance, int kept) {
        return IntStream.range(0, importance.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -importance[i]))
                .limit(kept)
                .sorted()
                .toList();
    }

    private static List<Integer> withoutBlock(double[] importance, int layers, int kept) {
        double least = Arrays.stream(importance).min().orElseThrow();
        int begin = kept == layers
                ? layers
                : IntStream.range(0, importance.length)
                        .filter(i -> importance[i] == least)
                        .max()
                        .orElseThrow();
        int end = begin + layers - kept;
        return IntStream.range(0, layers)
                .filter(i -> i < begin || i >= end)
                .boxed()
                .toList();
    }

    /** Shape of the pruned model. */
    public ModelConfig config(ModelConfig source) {
        int keyValueHeads = groups.get(0).size();
        return new ModelConfig(
                source.family(),
                source.vocabularySize(),
                channels.size(),
                neurons.get(0).size(),
                layers.size(),
                keyValueHeads * (source.heads() / source.keyValueHeads()),
                keyValueHeads,
                source.headSize(),
                source.maxPositions(),
                source.normEpsilon(),
                source.rope(),
                source.tiedEmbeddings(),
                source.biases(),
                windows(source),
                source.endOfText(),
                source.arithmetic());
    }

    private List<Integer> windows(ModelConfig source) {
        List<Integer> windows = layers.stream().map(source::window).toList();
        return windows.stream().allMatch(window -> window == 0) ? List.of() : windows;
    }
}
