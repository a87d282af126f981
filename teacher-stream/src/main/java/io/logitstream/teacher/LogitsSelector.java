package io.logitstream.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.TorchScript;
import io.logitstream.schemas.SparseLogits;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Output head and truncation on the device, in chunks of rows: only what is kept comes back to the host.
 */
final class LogitsSelector implements AutoCloseable {
  /** Values of one chunk of [rows, vocabulary]: 8 MiB of float32, which stays in the cache of a server CPU. */
  private static final long CHUNK_VALUES = 2L << 20;

  private final TorchScript kernels;
  private final SelectionConfig selection;

  LogitsSelector(NDManager manager, SelectionConfig selection) {
    this.kernels = TorchScript.load(manager, LogitsSelector.class, "selection.py");
    this.selection = selection;
  }

  /**
   * Selects the logits of a batch.
   *
   * @param model the teacher
   * @param hidden_ND hidden states
   * @param vocabularySize ids that can occur; a padded vocabulary's rest never enters a softmax
   * @param into receives the selection
   */
  void select(LanguageModel model, NDArray hidden_ND, int vocabularySize, SparseLogits into) {
    NDManager scope = hidden_ND.getManager();
    NDArray weight_VD = model.outputWeight();
    if (weight_VD.getShape().get(0) > vocabularySize) {
      weight_VD = weight_VD.get("0:" + vocabularySize);
      weight_VD.attach(scope);
    }
    // The kernel compares in single precision, where a few tokens may already sum to 1, and yet topP 1 is to keep
    // all of topK; and where the least topP would be 0 and keep none.
    double topP = selection.topP() < 1 ? Math.max(Float.MIN_NORMAL, selection.topP()) : Double.POSITIVE_INFINITY;
    NDList results = kernels.run(scope, "top_p_top_k", hidden_ND, weight_VD, topP,
        Math.min((long) selection.topK(), vocabularySize), Math.max(64, CHUNK_VALUES / vocabularySize));
    IntBuffer counts = results.get(0).toByteBuffer().asIntBuffer();
    IntBuffer ids = results.get(1).toByteBuffer().asIntBuffer();
    FloatBuffer logProbs = results.get(2).toByteBuffer().asFloatBuffer();
    FloatBuffer statistics = results.get(3).toByteBuffer().asFloatBuffer();

    int positions = counts.remaining();
    int total = ids.remaining();
    into.resize(positions, total);
    int[] offsets = into.offsets();
    for (int i = 0; i < positions - 1; i++) {
      offsets[i + 1] = offsets[i] + counts.get(i);
    }
    ids.get(into.ids(), 0, total);
    logProbs.get(into.logProbs(), 0, total);
    statistics.get(into.tailMass(), 0, positions);
    statistics.get(into.logSumExp(), 0, positions);
    statistics.get(into.standardDeviation(), 0, positions);
    statistics.get(into.entropy(), 0, positions);
  }

  @Override
  public void close() {
    kernels.close();
  }
}
