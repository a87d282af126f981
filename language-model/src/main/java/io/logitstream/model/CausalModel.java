package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.Precision;
import java.util.List;

/**
 * A model that predicts the next token at each position: a {@link LanguageModel} of a known family, or any other as
 * TorchScript. Safe for several threads.
 */
public interface CausalModel extends AutoCloseable {
    /**
     * What a forward pass gives: hidden states with the output head that is still to be applied, or logits.
     *
     * @param values_N hidden states [N, D], or logits [N, V] where there is no weight; rows of a batch one after the other
     * @param weight_VD the output head, or empty
     */
    record Outputs(NDArray values_N, List<NDArray> weight_VD) {}

    /**
     * Runs the model in float32.
     *
     * @param ids_BT token ids, int64
     * @param vocabularySize V, ids that can occur; what a padded vocabulary has beyond them is left away
     * @return the outputs, owned by the scope of {@code ids_BT} but for weights of the model
     */
    default Outputs outputs(NDArray ids_BT, int vocabularySize) {
        return outputs(ids_BT, vocabularySize, Precision.FLOAT32);
    }

    /**
     * Runs the model.
     *
     * @param ids_BT token ids, int64
     * @param vocabularySize V, as above
     * @param precision type of the layers' matrix products; hidden states and the output head are float32 either way
     * @return the outputs, as above
     * @throws ModelException when the model cannot be run in this precision
     */
    Outputs outputs(NDArray ids_BT, int vocabularySize, Precision precision);

    /**
     * What a forward pass takes at its height beyond the weights, about.
     *
     * @param positions positions of a row
     * @return bytes for each row of a batch
     */
    long bytesPerRow(int positions);

    /** Positions of the longest context that the model can be given, {@link Long#MAX_VALUE} where it does not say. */
    default long longestContext() {
        return Long.MAX_VALUE;
    }

    /**
     * Checks that the model can be given a context, which {@link #outputs} does as well.
     *
     * @param positions length of the context
     * @throws ModelException when it is longer than the model was made for
     */
    default void requireContext(long positions) {}

    /** Number of logits of a position, the padding of the vocabulary included. */
    int vocabularySize();

    /** A new scope on the model's device, the caller's to close. */
    NDManager newScope();

    @Override
    void close();
}
