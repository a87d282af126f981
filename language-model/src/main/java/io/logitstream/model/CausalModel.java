package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
   * Runs the model.
   *
   * @param ids_BT token ids, int64
   * @param vocabularySize V, ids that can occur; what a padded vocabulary has beyond them is left away
   * @return the outputs, owned by the scope of {@code ids_BT} but for weights of the model
   */
  Outputs outputs(NDArray ids_BT, int vocabularySize);

  /** Number of logits of a position, the padding of the vocabulary included. */
  int vocabularySize();

  /** A new scope on the model's device, the caller's to close. */
  NDManager newScope();

  @Override
  void close();
}
