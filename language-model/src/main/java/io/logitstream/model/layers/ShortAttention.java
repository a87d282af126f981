package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.TorchScript;

/**
 * Causal attention of contexts of up to {@value #MAX_POSITIONS} positions on a CPU, in {@code attention.py}. For the
 * backward pass it keeps the probabilities, about H * (T + 64) / 2 values per position. Forward and backward pass take 0.5
 * to 0.8 of the time of libtorch's fused kernel on one thread. Several threads would wait for each other after each of the
 * small operations, so they take the fused kernel, which divides its work once.
 */
record ShortAttention(TorchScript kernels, NDManager scope, NDArray mixed_BTD, NDList kept)
        implements CausalAttention.Recorded {
    private static final int MAX_POSITIONS = 512;
    private static final int BLOCK = 64;

    /** Whether queries are few enough, on a CPU, and computed by one thread. */
    static boolean fits(NDArray q_BTHA) {
        return fits(q_BTHA.getShape().get(1))
                && !q_BTHA.getDevice().isGpu()
                && OperationThreads.current().count() == 1;
    }

    /** Whether queries are few enough. */
    static boolean fits(long positions) {
        return positions <= MAX_POSITIONS;
    }

    /** Values per head and row that the backward pass needs beside queries, keys, values and mixed values. */
    static long kept(long positions) {
        if (!fits(positions)) {
            return positions;
        }
        long whole = positions / BLOCK;
        return BLOCK * BLOCK * whole * (whole + 1) / 2 + positions % BLOCK * positions;
    }

    /**
     * Values per row that inference needs at its peak, with queries, keys, values and mixed values. Each of these is there
     * twice, by position and by key head, unless there is only one key head: both layouts are then the same. A mask of
     * isolated documents, T * T values, comes on top and serves all layers.
     */
    static long inferred(ModelConfig config, long positions) {
        long heads = 2L * (config.heads() + config.keyValueHeads()) * config.headSize();
        long layouts = config.keyValueHeads() == 1 ? 1 : 2;
        return positions * (layouts * heads + Math.min(positions, BLOCK) * config.heads());
    }

    static NDArray infer(TorchScript kernels, NDList heads, DocumentGroups documents) {
        try (NDManager inside = heads.get(0).getManager().newSubManager()) {
            return kernels.call("short_attention", inputs(inside, kernels, heads, documents));
        }
    }

    private static NDArray[] inputs(NDManager scope, TorchScript kernels, NDList heads, DocumentGroups documents) {
        NDList inputs = new NDList(heads);
        inputs.add(documents == null ? scope.create(new Shape(0)) : documents.hidden(kernels));
        return inputs.toArray(NDArray[]::new);
    }

    /** Closes the heads, which are results of kernels: libtorch keeps what views of them need. */
    static ShortAttention record(NDManager scope, TorchScript kernels, NDList heads, DocumentGroups documents) {
        NDList results = kernels.callForAll("short_attention_recorded", inputs(scope, kernels, heads, documents));
        results.attach(scope);
        heads.close();
        return new ShortAttention(kernels, scope, results.get(0), results.subNDList(1));
    }

    @Override
    public NDList backward(NDArray gradient_BTD) {
        NDList inputs = new NDList(gradient_BTD);
        inputs.addAll(kept);
        NDList gradients = kernels.callForAll("short_attention_backward", inputs.toArray(NDArray[]::new));
        gradients.attach(scope);
        return gradients;
    }
}
