package io.logitstream.model.pruning;

import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.huggingface.WeightShapes;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** The weights of a pruned model as slices of the weights of its source. */
final class WeightSlices {
    /**
     * A slice of a weight.
     *
     * @param source name of the weight in the source
     * @param rows indices of the first dimension; null for all
     * @param columns indices of the second dimension; null for all
     */
    record Slice(String source, long[] rows, long[] columns) {}

    private final ModelConfig source;
    private final WeightNames names;
    private final KeptParts kept;
    private final Set<String> wanted;
    private final Map<String, Slice> slices = new HashMap<>();
    private final long[] channels;

    private WeightSlices(ModelConfig source, KeptParts kept, Set<String> wanted) {
        this.source = source;
        this.names = ModelFamilies.weightNames(source);
        this.kept = kept;
        this.wanted = wanted;
        channels = indices(kept.channels());
    }

    /**
     * Slices by the name of the weight in the pruned model, in the order of its forward pass.
     *
     * @param source shape of the source
     * @param kept parts of the pruned model
     */
    static Map<String, Slice> of(ModelConfig source, KeptParts kept) {
        Set<String> wanted = WeightShapes.shapes(kept.config(source)).keySet();
        WeightSlices all = new WeightSlices(source, kept, wanted);
        for (Part part : List.of(Part.EMBEDDING, Part.FINAL_NORM, Part.OUTPUT)) {
            String name = all.names.weight(part);
            all.slices.put(name, part == Part.FINAL_NORM ? all.norm(name) : new Slice(name, null, all.channels));
        }
        for (int i = 0; i < kept.layers().size(); i++) {
            all.layer(i, kept.layers().get(i));
        }
        Map<String, Slice> ordered = new LinkedHashMap<>();
        wanted.forEach(name -> ordered.put(name, all.slices.get(name)));
        return ordered;
    }

    private Slice norm(String name) {
        return new Slice(name, channels, null);
    }

    private void layer(int to, int from) {
        long[] neurons = indices(kept.neurons().get(to));
        long[] both = LongStream.concat(
                        LongStream.of(neurons), LongStream.of(neurons).map(neuron -> neuron + source.feedForwardSize()))
                .toArray();
        long size = source.headSize();
        long[] keys = ranges(kept.groups().get(to), size);
        long[] queries = ranges(kept.groups().get(to), size * (source.heads() / source.keyValueHeads()));
        for (Part norm : List.of(
                Part.ATTENTION_NORM,
                Part.ATTENTION_OUTPUT_NORM,
                Part.FEED_FORWARD_NORM,
                Part.FEED_FORWARD_OUTPUT_NORM)) {
            put(norm, to, from, channels, null);
        }
        put(Part.QUERY, to, from, queries, channels);
        put(Part.KEY, to, from, keys, channels);
        put(Part.VALUE, to, from, keys, channels);
        // One norm serves all heads of a layer.
        put(Part.QUERY_NORM, to, from, null, null);
        put(Part.KEY_NORM, to, from, null, null);
        put(Part.ATTENTION_OUTPUT, to, from, channels, queries);
        put(Part.GATE, to, from, neurons, channels);
        put(Part.UP, to, from, neurons, channels);
        put(Part.GATE_AND_UP, to, from, both, channels);
        put(Part.DOWN, to, from, channels, neurons);
    }

    private void put(Part part, int to, int from, long[] rows, long[] columns) {
        if (!names.has(part)) {
            return;
        }
        slices.put(names.weight(part, to), new Slice(names.weight(part, from), rows, columns));
        if (wanted.contains(names.bias(part, to))) {
            slices.put(names.bias(part, to), new Slice(names.bias(part, from), rows, null));
        }
    }

    private static long[] indices(List<Integer> kept) {
        return kept.stream().mapToLong(Integer::longValue).toArray();
    }

    private static long[] ranges(List<Integer> kept, long size) {
        return kept.stream()
                .flatMapToLong(i -> LongStream.range(i * size, (i + 1) * size))
                .toArray();
    }
}
