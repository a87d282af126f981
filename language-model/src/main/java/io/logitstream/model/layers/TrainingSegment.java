package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;

/** A segment of a model in training: it maps one tensor, usually the residual stream [B, T, D], to the next. */
public interface TrainingSegment {
    /**
     * Computes the segment without recording anything for a backward pass.
     *
     * @param x input; stays open
     * @return the result; it and intermediate results are owned by the scope of {@code x}
     */
    NDArray forward(NDArray x);

    /**
     * Computes the segment, with a result equal to that of {@link #forward} bit for bit, and keeps what its backward
     * pass needs.
     *
     * @param x input; may be closed afterwards
     */
    Recorded record(NDArray x);

    /** A segment after its forward pass, ready for its backward pass. Closing it releases the values kept for that. */
    interface Recorded extends AutoCloseable {
        /** The result, owned by the scope of the input. */
        NDArray output();

        /**
         * Runs the backward pass and adds the gradients of the segment's weights to the gathered ones. May be called
         * once.
         *
         * @param gradient gradient with respect to the result; may be overwritten
         * @return gradient with respect to the input, owned by the scope of {@code gradient} and possibly the same
         *     tensor; null if the input has none
         */
        NDArray backward(NDArray gradient);

        @Override
        void close();
    }
}
