package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.util.Map;

/**
 * A decoder layer in float32 of the form that Llama, Mistral, Qwen 2 and Qwen 3 have, in two fused kernels around
 * attention, with a hand-written backward pass. The backward pass makes half of autograd's passes over memory: it overwrites what is no
 * longer needed, and its matrix products add to the weights' gradients directly. Results equal those of {@link
 * DecoderLayer} up to rounding.
 */
public final class FusedDecoderLayer {
    private final TorchScript kernels;
    private final NDArray epsilon;
    private final CausalAttention attention;
    private final FusedProjections projections;
    private final NDArray attentionOutput;
    private final NDArray feedForwardNorm;
    private final NDArray gate;
    private final NDArray up;
    private final NDArray down;

    /**
     * A layer over the weights of a model for which {@link #fits} is true.
     *
     * @param names names of the model's weights
     * @param epsilon added to the mean square of a norm, a scalar tensor
     * @param attention attention of the layer
     * @param weights all weights of the model by Hugging Face name
     * @param index index of the layer
     */
    public FusedDecoderLayer(
            WeightNames names, NDArray epsilon, CausalAttention attention, Map<String, NDArray> weights, int index) {
        this.kernels = attention.kernels();
        this.epsilon = epsilon;
        this.attention = attention;
        projections = FusedProjections.of(kernels, names, epsilon, weights, index);
        attentionOutput = weights.get(names.weight(Part.ATTENTION_OUTPUT, index));
        feedForwardNorm = weights.get(names.weight(Part.FEED_FORWARD_NORM, index));
        gate = weights.get(names.weight(Part.GATE, index));
        up = weights.get(names.weight(Part.UP, index));
        down = weights.get(names.weight(Part.DOWN, index));
    }

    /**
     * Whether the layers of a model have this form: two norms, no biases except those of query, key and value (Qwen 2),
     * norms of each head's queries and keys or none (Qwen 3), separate gate and up projections, and rotation of whole
     * heads in halves.
     */
    public static boolean fits(ModelConfig config) {
        WeightNames names = ModelFamilies.weightNames(config);
        return config.arithmetic().equals(Arithmetic.LLAMA)
                && names.has(Part.QUERY)
                && names.has(Part.GATE)
                && names.has(Part.ATTENTION_NORM)
                && !ModelFamilies.of(config.family()).normsAllHeads()
                && !names.has(Part.ATTENTION_OUTPUT_NORM)
                && !config.biases().attentionOutput()
                && !config.biases().feedForward()
                && !config.rope().pairs()
                && config.rope().size(config.headSize()) == config.headSize();
    }

    /**
     * Values per head, row and layer that attention on a CPU keeps for its backward pass, beside queries, keys, values and
     * mixed values: probabilities of short contexts, otherwise one log-sum-exp for each of the T positions.
     */
    public static long keptByAttention(long positions) {
        return ShortAttention.kept(positions);
    }

    TorchScript kernels() {
        return kernels;
    }

    /** Whether the layer has neither biases nor norms of queries and keys. */
    boolean isPlain() {
        return projections.variants().isEmpty();
    }

    /**
     * Runs the layer for inference, without a backward pass. Either the calling thread does not record, or the
     * weights have no gradients.
     *
     * @param x_BTD residual stream; stays open
     * @param angles angles of the T positions
     * @return residual stream [B, T, D], owned by the scope of {@code x_BTD}
     */
    public NDArray forward(NDArray x_BTD, PairAngles angles) {
        NDList heads = projections.forward(x_BTD, angles);
        try (heads;
                NDArray mixed_BTD = attention.infer(heads, angles.documents())) {
            return kernels.call(
                    "rest_of_layer", x_BTD, mixed_BTD, attentionOutput, feedForwardNorm, epsilon, gate, up, down);
        }
    }

    /**
     * The layer as a segment of a training pass.
     *
     * @param angles angles of the T positions
     */
    public TrainingSegment at(PairAngles angles) {
        return new TrainingSegment() {
            @Override
            public NDArray forward(NDArray x_BTD) {
                return FusedDecoderLayer.this.forward(x_BTD, angles);
            }

            @Override
            public Recorded record(NDArray x_BTD) {
                return new RecordedLayer(x_BTD, angles);
            }
        };
    }

    /** The layer after its forward pass. Fields are named as the results of the kernels in {@code decoder.py}. */
    private final class RecordedLayer implements TrainingSegment.Recorded {
        private final NDManager scope;
        private final PairAngles angles;

        // The projections' intermediate values for the backward pass.
        private final NDList intermediate;

        private final CausalAttention.Recorded mixing;

        // Results of after_attention: the output, and intermediate values for the backward pass.
        private final NDArray output_BTD;
        private final NDArray unit_ND;
        private final NDArray scale_N1;
        private final NDArray normed_ND;
        private final NDArray gate_NF;
        private final NDArray up_NF;
        private final NDArray silu_NF;
        private final NDArray inner_NF;

        RecordedLayer(NDArray x_BTD, PairAngles angles) {
            this.angles = angles;
            scope = x_BTD.getManager().newSubManager();
            Torch.recordGradients(false);
            try {
                NDList before = projections.record(x_BTD, angles);
                intermediate = before.subNDList(3);
                intermediate.attach(scope);
                mixing = attention.record(scope, before.subNDList(0, 3), angles.documents());
                NDList after = kernels.callForAll(
                        "after_attention",
                        x_BTD,
                        mixing.mixed_BTD(),
                        attentionOutput,
                        feedForwardNorm,
                        epsilon,
                        gate,
                        up,
                        down);
                after.subNDList(1).attach(scope);
                output_BTD = after.get(0);
                unit_ND = after.get(1);
                scale_N1 = after.get(2);
                normed_ND = after.get(3);
                gate_NF = after.get(4);
                up_NF = after.get(5);
                silu_NF = after.get(6);
                inner_NF = after.get(7);
            } finally {
                Torch.recordGradients(true);
            }
        }

        @Override
        public NDArray output() {
            return output_BTD;
        }

        @Override
        public NDArray backward(NDArray gradient_BTD) {
            Torch.recordGradients(false);
            try {
                NDArray mixedGradient_BTD = kernels.call(
                        "after_attention_backward",
                        gradient_BTD,
                        mixing.mixed_BTD(),
                        unit_ND,
                        scale_N1,
                        normed_ND,
                        gate_NF,
                        up_NF,
                        silu_NF,
                        inner_NF,
                        attentionOutput,
                        feedForwardNorm,
                        gate,
                        up,
                        down);
                mixedGradient_BTD.attach(scope);
                return projections.backward(gradient_BTD, mixing.backward(mixedGradient_BTD), intermediate, angles);
            } finally {
                Torch.recordGradients(true);
            }
        }

        @Override
        public void close() {
            scope.close();
        }
    }
}
