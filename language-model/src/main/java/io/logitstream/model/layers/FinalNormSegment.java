package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.Torch;

/**
 * The norm after the last layer, without a factor, with a hand-written backward pass: it makes fewer passes over
 * memory than autograd.
 *
 * @param operations norms in float32 that multiply by the weight
 * @param weight_D weight of the norm
 */
record FinalNormSegment(LayerOperations operations, NDArray weight_D) implements TrainingSegment {
    @Override
    public NDArray forward(NDArray x_BTD) {
        return operations.norm(x_BTD, weight_D);
    }

    @Override
    public Recorded record(NDArray x_BTD) {
        NDManager kept = x_BTD.getManager().newSubManager();
        NDList results;
        Torch.recordGradients(false);
        try {
            results = operations.kernels().callForAll("final_norm", x_BTD, weight_D, operations.epsilon());
        } finally {
            Torch.recordGradients(true);
        }
        NDArray output_BTD = results.get(0);
        NDList intermediate = results.subNDList(1);
        intermediate.attach(kept);
        return new Recorded() {
            @Override
            public NDArray output() {
                return output_BTD;
            }

            @Override
            public NDArray backward(NDArray gradient_BTD) {
                NDArray unit_ND = intermediate.get(0);
                NDArray scale_N1 = intermediate.get(1);
                operations.kernels().run(kept, "final_norm_backward", gradient_BTD, unit_ND, scale_N1, weight_D);
                return gradient_BTD;
            }

            @Override
            public void close() {
                kept.close();
            }
        };
    }
}
