package io.logitstream.model.pruning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.layers.LayerObserver;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Gathers importance from the activations of forward passes, after Muralidharan et al. (2024, section 2.2) and Men et al.
 * (2024). Width: L2 norm over the positions of a row, mean over the rows; hidden channels are summed over all norms of all
 * layers. Memory: one number per part, and the residual streams of a block of layers. For one thread.
 */
final class ImportanceMeter implements LayerObserver {
    private final ModelConfig config;
    private final TorchScript kernels;
    private final int block;
    private final double[] cosines;
    private final double[][] neurons;
    private final double[][] groups;
    private final double[] channels;
    private final Deque<NDArray> streams = new ArrayDeque<>();
    private NDManager scope;
    private long rows;

    /**
     * A meter without measurements.
     *
     * @param kernels kernels of pruning
     * @param config shape of the observed model
     * @param block layers of a block whose importance is measured, at least 1
     */
    ImportanceMeter(TorchScript kernels, ModelConfig config, int block) {
        this.kernels = kernels;
        this.config = config;
        this.block = block;
        cosines = new double[config.layers() - block + 1];
        neurons = new double[config.layers()][config.feedForwardSize()];
        groups = new double[config.layers()][config.keyValueHeads()];
        channels = new double[config.hiddenSize()];
    }

    /**
     * Begins a forward pass.
     *
     * @param ofPass owner of the temporary results, open until the pass is done
     * @param rowsOfPass number of its rows
     */
    void begin(NDManager ofPass, int rowsOfPass) {
        streams.clear();
        scope = ofPass;
        rows += rowsOfPass;
    }

    @Override
    public void normed(int layer, NDArray normed_BTD) {
        add(channels, "norms", normed_BTD);
    }

    @Override
    public void heads(int layer, NDArray mixed_BTD) {
        add(groups[layer], "group_norms", mixed_BTD, (long) config.heads(), (long) config.keyValueHeads());
    }

    @Override
    public void neurons(int layer, NDArray inner_BTF) {
        add(neurons[layer], "norms", inner_BTF);
    }

    @Override
    public void layer(int layer, NDArray input_BTD, NDArray output_BTD) {
        NDArray kept_BTD = input_BTD.duplicate();
        kept_BTD.attach(scope);
        streams.addLast(kept_BTD);
        if (streams.size() == block) {
            double[] cosine = new double[1];
            try (NDArray first_BTD = streams.removeFirst()) {
                add(cosine, "cosines", first_BTD, output_BTD);
            }
            cosines[layer - block + 1] += cosine[0];
        }
    }

    private void add(double[] sums, String kernel, Object... arguments) {
        try (NDArray sum = kernels.run(scope, kernel, arguments).get(0)) {
            double[] values = sum.toDoubleArray();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += values[i];
            }
        }
    }

    /**
     * The importance in the passes so far.
     *
     * @throws ModelException if an activation was not finite
     */
    Importance result() {
        Importance result = new Importance(
                Arrays.stream(means(cosines)).map(cosine -> 1 - cosine).toArray(),
                Arrays.stream(neurons).map(this::means).toArray(double[][]::new),
                Arrays.stream(groups).map(this::means).toArray(double[][]::new),
                means(channels));
        boolean finite = Stream.of(
                        Stream.of(result.layers(), result.channels()),
                        Arrays.stream(result.neurons()),
                        Arrays.stream(result.groups()))
                .flatMap(parts -> parts)
                .flatMapToDouble(DoubleStream::of)
                .allMatch(Double::isFinite);
        if (!finite) {
            throw new ModelException("the model's activations are not finite on the calibration text; its weights"
                    + " contain NaN, or its activations overflow");
        }
        return result;
    }

    private double[] means(double[] sums) {
        return Arrays.stream(sums).map(sum -> sum / rows).toArray();
    }
}
