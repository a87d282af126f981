package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;

/** A part of a model in training, from one residual stream to the next. */
public interface TrainingSegment {
    /**
     * Goes forward and leaves nothing behind for the way back.
     *
     * @return the result, owned by the input's scope, as intermediate results are
     */
    NDArray forward(NDArray x);

    /**
     * Goes forward, with the same result to the bit, and keeps what the way back needs.
     *
     * @param x input, which may be closed afterwards
     */
    Recorded record(NDArray x);

    /** A part that has gone forward; closing it lets go of what it has kept. */
    interface Recorded extends AutoCloseable {
        /** The result, owned by the input's scope. */
        NDArray output();

        /**
         * Adds the gradients of the part's weights to those that are gathered; once.
         *
         * @param gradient gradient with respect to the result, which may be overwritten
         * @return gradient with respect to the input, owned by the scope of {@code gradient} and possibly the same; null
         *     when the input has none
         */
        NDArray backward(NDArray gradient);

        @Override
        void close();
    }
}
