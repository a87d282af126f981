package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.UnaryOperator;

/**
 * A segment whose backward pass is autograd's.
 *
 * @param function the segment; its result belongs to the scope of its input
 */
public record AutogradSegment(UnaryOperator<NDArray> function) implements TrainingSegment {
    @Override
    public NDArray forward(NDArray x) {
        return function.apply(x);
    }

    @Override
    public Recorded record(NDArray x) {
        NDManager kept = x.getManager().newSubManager();
        NDArray input = x.stopGradient();
        input.attach(kept);
        input.setRequiresGradient(true);
        NDArray output = function.apply(input);
        output.attach(x.getManager());
        return new Recorded() {
            @Override
            public NDArray output() {
                return output;
            }

            @Override
            public NDArray backward(NDArray gradient) {
                JniUtils.backward((PtNDArray) output, (PtNDArray) gradient, false, false);
                NDArray inputGradient = JniUtils.getGradient((PtNDArray) input);
                inputGradient.attach(gradient.getManager());
                return inputGradient;
            }

            @Override
            public void close() {
                kept.close();
            }
        };
    }
}
