package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.Torch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A forward pass in segments and its backward pass. With recomputation it keeps only the input of each segment, and
 * the backward pass computes each segment again (Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost,
 * section 4). Both ways run the same operations on the same values, so that the gradients are equal bit for bit.
 */
public final class SegmentedForwardPass implements ForwardPass {
    private final List<TrainingSegment> segments;
    private final boolean recompute;
    private final Deque<NDArray> inputs = new ArrayDeque<>();
    private final Deque<TrainingSegment.Recorded> recorded = new ArrayDeque<>();
    private final NDManager scope;
    private final NDArray hidden_BTD;

    /**
     * Runs the forward pass.
     *
     * @param segments segments of the model, first to last; the input of the first has no gradient
     * @param ids_BT input of the first segment
     * @param recompute whether the backward pass computes activations again
     */
    public SegmentedForwardPass(List<TrainingSegment> segments, NDArray ids_BT, boolean recompute) {
        this.segments = segments;
        this.recompute = recompute;
        this.scope = ids_BT.getManager();
        hidden_BTD = recompute ? forward(ids_BT) : record(ids_BT);
    }

    private NDArray forward(NDArray ids_BT) {
        NDArray x = ids_BT;
        Torch.recordGradients(false);
        try {
            for (TrainingSegment segment : segments) {
                inputs.push(x);
                try (NDManager inSegment = scope.newSubManager()) {
                    x.attach(inSegment);
                    NDArray output = segment.forward(x);
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
        for (TrainingSegment segment : segments) {
            recorded.push(segment.record(x));
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
        for (int i = segments.size() - 1; i >= 0; i--) {
            try (TrainingSegment.Recorded segment = recompute ? segments.get(i).record(inputs.pop()) : recorded.pop();
                    NDArray output = segment.output()) {
                NDArray before = segment.backward(gradient);
                if (before != gradient) {
                    gradient.close();
                }
                gradient = before;
            }
        }
    }
}
