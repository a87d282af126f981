package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.util.Map;

/**
 * A {@link DecoderLayer} in float32 of the form that Llama and Mistral have, with a backward pass written by hand
 * around attention. It takes half the passes over memory that autograd takes, since what is no longer needed is
 * overwritten, and matrix products add to the weights' gradients by themselves.
 */
public final class FusedDecoderLayer {
    private final TorchScript kernels;
    private final NDArray epsilon;
    private final CausalAttention attention;
    private final NDArray attentionNorm;
    private final NDArray query;
    private final NDArray key;
    private final NDArray value;
    private final NDArray attentionOutput;
    private final NDArray feedForwardNorm;
    private final NDArray gate;
    private final NDArray up;
    private final NDArray down;

    /** Takes up the weights of a layer of a model of which {@link #fits} is true. */
    public FusedDecoderLayer(
            WeightNames names, NDArray epsilon, CausalAttention attention, Map<String, NDArray> weights, int index) {
        this.kernels = attention.kernels();
        this.epsilon = epsilon;
        this.attention = attention;
        attentionNorm = weights.get(names.weight(Part.ATTENTION_NORM, index));
        query = weights.get(names.weight(Part.QUERY, index));
        key = weights.get(names.weight(Part.KEY, index));
        value = weights.get(names.weight(Part.VALUE, index));
        attentionOutput = weights.get(names.weight(Part.ATTENTION_OUTPUT, index));
        feedForwardNorm = weights.get(names.weight(Part.FEED_FORWARD_NORM, index));
        gate = weights.get(names.weight(Part.GATE, index));
        up = weights.get(names.weight(Part.UP, index));
        down = weights.get(names.weight(Part.DOWN, index));
    }

    /** Whether the layers have this form: two norms, no biases, gate and up apart, all of a head rotated in halves. */
    public static boolean fits(ModelConfig config) {
        WeightNames names = ModelFamilies.weightNames(config);
        return config.arithmetic().equals(Arithmetic.LLAMA)
                && names.has(Part.QUERY)
                && names.has(Part.GATE)
                && names.has(Part.ATTENTION_NORM)
                && !names.has(Part.QUERY_NORM)
                && !names.has(Part.ATTENTION_OUTPUT_NORM)
                && config.biases().equals(ProjectionBiases.NONE)
                && !config.rope().pairs()
                && config.rope().size(config.headSize()) == config.headSize();
    }

    /**
     * The layer without a way back. The calling thread does not record, or the weights have no gradients.
     *
     * @return the result, owned by the input's scope
     */
    public NDArray forward(NDArray x_BTD, RotaryEmbedding.Table rope) {
        NDList heads = kernels.callForAll(
                "queries_keys_values",
                x_BTD,
                attentionNorm,
                epsilon,
                query,
                key,
                value,
                rope.cos_T1R(),
                rope.sin_T1R());
        try (heads;
                NDArray mixed_BTD = attention.of(heads.get(0), heads.get(1), heads.get(2))) {
            return kernels.call(
                    "rest_of_layer", x_BTD, mixed_BTD, attentionOutput, feedForwardNorm, epsilon, gate, up, down);
        }
    }

    /** The layer as a part of a training pass at the positions of a table. */
    public TrainingSegment at(RotaryEmbedding.Table rope) {
        return new TrainingSegment() {
            @Override
            public NDArray forward(NDArray x_BTD) {
                return FusedDecoderLayer.this.forward(x_BTD, rope);
            }

            @Override
            public Recorded record(NDArray x_BTD) {
                return new Kept(x_BTD, rope);
            }
        };
    }

    private final class Kept implements TrainingSegment.Recorded {
        private final NDManager scope;
        private final RotaryEmbedding.Table rope;
        private final NDList before;
        private final NDArray mixed_BTD;
        private final NDList after;

        Kept(NDArray x_BTD, RotaryEmbedding.Table rope) {
            this.rope = rope;
            scope = x_BTD.getManager().newSubManager();
            Torch.recordGradients(false);
            try {
                before = kernels.callForAll(
                        "before_attention",
                        x_BTD,
                        attentionNorm,
                        epsilon,
                        query,
                        key,
                        value,
                        rope.cos_T1R(),
                        rope.sin_T1R());
                before.attach(scope);
                // Attention alone is left to autograd, which knows the fused kernels of each device.
                for (int i = 0; i < 3; i++) {
                    before.get(i).setRequiresGradient(true);
                }
                Torch.recordGradients(true);
                mixed_BTD = attention.of(before.get(0), before.get(1), before.get(2));
                Torch.recordGradients(false);
                after = kernels.callForAll(
                        "after_attention", x_BTD, mixed_BTD, attentionOutput, feedForwardNorm, epsilon, gate, up, down);
                after.subNDList(1).attach(scope);
            } finally {
                Torch.recordGradients(true);
            }
        }

        @Override
        public NDArray output() {
            return after.get(0);
        }

        @Override
        public NDArray backward(NDArray gradient_BTD) {
            Torch.recordGradients(false);
            try {
                NDArray mixedGradient_BTD = kernels.call(
                        "after_attention_backward",
                        gradient_BTD,
                        mixed_BTD,
                        after.get(1),
                        after.get(2),
                        after.get(3),
                        after.get(4),
                        after.get(5),
                        after.get(6),
                        after.get(7),
                        attentionOutput,
                        feedForwardNorm,
                        gate,
                        up,
                        down);
                mixedGradient_BTD.attach(scope);
                JniUtils.backward((PtNDArray) mixed_BTD, (PtNDArray) mixedGradient_BTD, false, false);
                NDList gradients = new NDList();
                for (int i = 0; i < 3; i++) {
                    NDArray gradient = JniUtils.getGradient((PtNDArray) before.get(i));
                    gradient.attach(scope);
                    gradients.add(gradient);
                }
                return kernels.call(
                        "before_attention_backward",
                        gradient_BTD,
                        gradients.get(0),
                        gradients.get(1),
                        gradients.get(2),
                        before.get(3),
                        before.get(4),
                        before.get(5),
                        attentionNorm,
                        query,
                        key,
                        value,
                        rope.cos_T1R(),
                        rope.sin_T1R());
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
