package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.libtorch.TorchScript;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The part of a {@link FusedDecoderLayer} before attention: norm, projections of queries, keys and values, and rotation.
 * Layers with biases or with norms of queries and keys have kernels of their own, in {@code projections.py}.
 *
 * @param kernels kernels of the decoder
 * @param epsilon added to the mean square of a norm, a scalar tensor
 * @param norm_D weight of the norm
 * @param matrices weights of query, key and value
 * @param variants biases of query, key and value, then norms of queries and keys; an empty tensor for one that the layer
 *     does not have, an empty list if it has none of them
 */
record FusedProjections(TorchScript kernels, NDArray epsilon, NDArray norm_D, NDList matrices, NDList variants) {
    static FusedProjections of(
            TorchScript kernels, WeightNames names, NDArray epsilon, Map<String, NDArray> weights, int layer) {
        NDList matrices = new NDList(
                weights.get(names.weight(Part.QUERY, layer)),
                weights.get(names.weight(Part.KEY, layer)),
                weights.get(names.weight(Part.VALUE, layer)));
        NDArray[] given = {
            weights.get(names.bias(Part.QUERY, layer)),
            weights.get(names.bias(Part.KEY, layer)),
            weights.get(names.bias(Part.VALUE, layer)),
            names.has(Part.QUERY_NORM) ? weights.get(names.weight(Part.QUERY_NORM, layer)) : null,
            names.has(Part.KEY_NORM) ? weights.get(names.weight(Part.KEY_NORM, layer)) : null
        };
        NDList variants = new NDList();
        if (Stream.of(given).anyMatch(Objects::nonNull)) {
            NDArray none = epsilon.getManager().create(new Shape(0));
            for (NDArray weight : given) {
                variants.add(weight == null ? none : weight);
            }
        }
        return new FusedProjections(
                kernels, epsilon, weights.get(names.weight(Part.ATTENTION_NORM, layer)), matrices, variants);
    }

    /** Queries, keys and values of {@code x_BTD}, rotated, for inference. */
    NDList forward(NDArray x_BTD, PairAngles angles) {
        return run("queries_keys_values", x_BTD, angles);
    }

    /** Queries, keys and values, rotated, and after them what {@link #backward} needs. */
    NDList record(NDArray x_BTD, PairAngles angles) {
        return run("before_attention", x_BTD, angles);
    }

    private NDList run(String kernel, NDArray x_BTD, PairAngles angles) {
        NDList inputs = new NDList(x_BTD, norm_D, epsilon);
        return kernels.callForAll(variants.isEmpty() ? kernel : kernel + "_with", with(inputs, angles.forward_THR2()));
    }

    /**
     * Adds the gradients of the weights.
     *
     * @param gradient_BTD gradient of the residual stream, to which that of {@code x_BTD} is added
     * @param gradients gradients of queries, keys and values
     * @param intermediate results of {@link #record} after queries, keys and values
     * @return {@code gradient_BTD}
     */
    NDArray backward(NDArray gradient_BTD, NDList gradients, NDList intermediate, PairAngles angles) {
        NDList inputs = new NDList(gradient_BTD);
        inputs.addAll(gradients);
        inputs.addAll(intermediate);
        inputs.add(norm_D);
        return kernels.call(
                variants.isEmpty() ? "before_attention_backward" : "before_attention_with_backward",
                with(inputs, angles.back_THR2()));
    }

    private NDArray[] with(NDList inputs, NDArray angles_THR2) {
        inputs.addAll(matrices);
        inputs.addAll(variants);
        inputs.add(angles_THR2);
        return inputs.toArray(NDArray[]::new);
    }
}
