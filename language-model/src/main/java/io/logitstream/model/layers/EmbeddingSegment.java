package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;

/**
 * The embedding lookup. Its backward pass adds to the rows of the tokens in the batch only; autograd would first make
 * a gradient of all V rows, which for a large vocabulary takes as long as several layers.
 *
 * @param kernels kernels of the decoder
 * @param weight_VD embedding
 */
public record EmbeddingSegment(TorchScript kernels, NDArray weight_VD) implements TrainingSegment {
    @Override
    public NDArray forward(NDArray ids_BT) {
        return JniUtils.embedding((PtNDArray) ids_BT, (PtNDArray) weight_VD, false);
    }

    @Override
    public Recorded record(NDArray ids_BT) {
        NDManager kept = ids_BT.getManager().newSubManager();
        NDArray ids = ids_BT.stopGradient();
        ids.attach(kept);
        Torch.recordGradients(false);
        NDArray output_BTD;
        try {
            output_BTD = forward(ids_BT);
        } finally {
            Torch.recordGradients(true);
        }
        return new Recorded() {
            @Override
            public NDArray output() {
                return output_BTD;
            }

            @Override
            public NDArray backward(NDArray gradient_BTD) {
                kernels.run(kept, "embedding_backward", gradient_BTD, ids, weight_VD);
                return null;
            }

            @Override
            public void close() {
                kept.close();
            }
        };
    }
}
