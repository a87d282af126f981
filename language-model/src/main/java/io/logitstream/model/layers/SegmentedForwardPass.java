package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.Torch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A forward pass in parts and the way back through them. With recomputation it keeps the input of each part alone, and
 * the way back computes a part again before it goes through it (Chen et al. 2016, Training Deep Nets with Sublinear
 * Memory Cost). The same operations on the same values give the same gradients to the bit.
 */
public final class SegmentedForwardPass implements ForwardPass {
    private final List<TrainingSegment> parts;
    private final boolean recompute;
    private final Deque<NDArray> inputs = new ArrayDeque<>();
    private final Deque<TrainingSegment.Recorded> recorded = new ArrayDeque<>();
    private final NDManager scope;
    private final NDArray hidden_BTD;

    /**
     * Goes forward.
     *
     * @param parts parts of the model, the first of which has an input without a gradient
     * @param ids_BT input of the first part
     * @param recompute whether the way back computes activations again
     */
    public SegmentedForwardPass(List<TrainingSegment> parts, NDArray ids_BT, boolean recompute) {
        this.parts = parts;
        this.recompute = recompute;
        this.scope = ids_BT.getManager();
        hidden_BTD = recompute ? forward(ids_BT) : record(ids_BT);
    }

    private NDArray forward(NDArray ids_BT) {
        NDArray x = ids_BT;
        Torch.recordGradients(false);
        try {
            for (TrainingSegment part : parts) {
                inputs.push(x);
                try (NDManager inPart = scope.newSubManager()) {
                    x.attach(inPart);
                    NDArray output = part.forward(x);
                    output.attach(scope);
                    x.attach(scope);
                    x = output;
                }
            }
        } finally {
            Torch.recordGradients(true);
        }
        return x;
    }

    private NDArray record(NDArray ids_BT) {
        NDArray x = ids_BT;
        for (TrainingSegment part : parts) {
            recorded.push(part.record(x));
            x = recorded.peek().output();
        }
        return x;
    }

    @Override
    public NDArray hidden_BTD() {
        return hidden_BTD;
    }

    @Override
    @SuppressWarnings("try") // The output is closed once its segment has its gradient.
    public void backward(NDArray hiddenGradient) {
        NDArray gradient = hiddenGradient.reshape(hidden_BTD.getShape());
        for (int i = parts.size() - 1; i >= 0; i--) {
            try (TrainingSegment.Recorded part = recompute ? parts.get(i).record(inputs.pop()) : recorded.pop();
                    NDArray output = part.output()) {
                NDArray before = part.backward(gradient);
                if (before != gradient) {
                    gradient.close();
                }
                gradient = before;
            }
        }
    }
}
