package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.Precision;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * A model that predicts the next token at each position: a {@link LanguageModel} of a supported family, or any other
 * as TorchScript. Safe for several threads.
 */
public interface CausalModel extends AutoCloseable {
    /**
     * Result of a forward pass: hidden states with the output head to apply to them, or logits.
     *
     * @param values_N hidden states [N, D], or logits [N, V] if there is no weight; N = B * T positions, row after
     *     row
     * @param weight_VD the output head as the only element, or empty
     */
    record Outputs(NDArray values_N, List<NDArray> weight_VD) {}

    /**
     * Runs the model in float32.
     *
     * @param ids_BT token ids, int64
     * @param vocabularySize V, number of ids that can occur; logits of a padded vocabulary beyond them are dropped
     * @return the result, owned by the scope of {@code ids_BT}, except for the weights of the model
     * @throws ModelException if the context is too long for the model
     */
    default Outputs outputs(NDArray ids_BT, int vocabularySize) {
        return outputs(ids_BT, vocabularySize, Precision.FLOAT32);
    }

    /** Runs the model over rows each of which is one text. */
    default Outputs outputs(NDArray ids_BT, int vocabularySize, Precision precision) {
        return outputs(ids_BT, joined(ids_BT), vocabularySize, precision);
    }

    /** Runs the model. */
    default Outputs outputs(NDArray ids_BT, DocumentLengths documents, int vocabularySize, Precision precision) {
        return outputs(ids_BT, documents, vocabularySize, precision, share -> {});
    }

    /**
     * Runs the model.
     *
     * @param ids_BT token ids, int64
     * @param documents documents of the rows, each of which sees itself alone
     * @param vocabularySize V, number of ids that can occur; logits of a padded vocabulary beyond them are dropped
     * @param precision type of the layers' matrix products; hidden states and the output head are float32 in both
     * @param progress receives the share of the pass that is done after each layer, output head included; never called
     *     by a model that cannot tell
     * @return the result, owned by the scope of {@code ids_BT}, except for the weights of the model
     * @throws ModelException if the context is too long for the model, or the model cannot run in this precision, or not
     *     on rows of several documents
     */
    Outputs outputs(
            NDArray ids_BT,
            DocumentLengths documents,
            int vocabularySize,
            Precision precision,
            DoubleConsumer progress);

    /** Rows of one document each. */
    static DocumentLengths joined(NDArray ids_BT) {
        Shape shape = ids_BT.getShape();
        return DocumentLengths.joined(Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1)));
    }

    /**
     * Approximate peak memory of a forward pass beyond the weights.
     *
     * @param positions positions of a row
     * @param isolated whether the documents of a row are isolated
     * @return bytes for each row of a batch
     */
    long bytesPerRow(int positions, boolean isolated);

    /** Longest context that the model accepts, in positions; {@link Long#MAX_VALUE} if it does not say. */
    default long longestContext() {
        return Long.MAX_VALUE;
    }

    /**
     * Requires that the model accepts a context, as {@link #outputs} does.
     *
     * @param positions length of the context
     * @throws ModelException if it is longer than the model accepts
     */
    default void requireContext(long positions) {}

    /** Number of logits of a position, including the padding of the vocabulary. */
    int vocabularySize();

    /** A new memory scope on the model's device; the caller closes it. */
    NDManager newScope();

    @Override
    void close();
}
