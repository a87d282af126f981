package io.logitstream.student;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.AdamW;
import io.logitstream.model.HuggingFaceNames;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.TorchScript;
import io.logitstream.schemas.LogitstreamException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Output head and loss in one, in chunks of rows, so that no more than two chunks of [rows, vocabulary] exist at a
 * time and autograd stores none of it. Since the targets are sparse, the gradient with respect to the logits is
 * {@code softmax(z) - target}: it is built in the softmax itself and multiplied back into the hidden states and the
 * output weight. Normalisation of the student is over the whole vocabulary.
 */
final class DistillationHead implements AutoCloseable {
  /** Values of one chunk of [rows, vocabulary]: 8 MiB of float32, which stays in the cache of a server CPU. */
  private static final long CHUNK_VALUES = 2L << 20;

  /** Entries of the rectangle of targets: 1 GiB of them, with room to grow, still counts in an int. */
  private static final long MOST_TARGETS = 1 << 27;

  /**
   * Sums over the positions of a batch, in nats.
   *
   * @param hiddenGradient_ND gradient of the scaled loss with respect to the hidden states
   * @param lm negative log-likelihood of the text
   * @param kd KL divergence from the teacher's q to the student
   */
  record Sums(NDArray hiddenGradient_ND, double lm, double kd) {}

  private final LanguageModel model;
  private final NDArray weightGradient;
  private final TorchScript kernels;
  private final NDManager manager;
  private ByteBuffer supportBytes = ByteBuffer.allocateDirect(0);
  private ByteBuffer qBytes = ByteBuffer.allocateDirect(0);

  DistillationHead(LanguageModel model, AdamW optimizer) {
    this.model = model;
    this.weightGradient = optimizer.gradient(HuggingFaceNames.output(model.config()));
    this.manager = model.newScope();
    this.kernels = TorchScript.load(manager, DistillationHead.class, "head.py");
  }

  /**
   * Loss of a batch; the output weight's gradient is added to the optimizer's.
   *
   * @param hidden_ND hidden states of all predicted positions
   * @param targets_N1 ids that follow them
   * @param batch the batch
   * @param loss loss settings
   * @param scale factor of the gradients, one by the tokens of the step
   */
  Sums apply(NDArray hidden_ND, NDArray targets_N1, TrainingBatch batch, LossConfig loss, double scale) {
    NDManager scope = hidden_ND.getManager();
    int positions = batch.predicted();
    boolean distilled = batch.logits() != null;
    int width = distilled ? SupportTargets.width(batch.logits()) : 1;
    if ((long) positions * width > MOST_TARGETS) {
      throw new LogitstreamException("batch " + batch.key() + ": " + positions + " positions with up to " + width
          + " kept tokens are too many for one pass; publish batches of fewer rows, or keep fewer (selection.topK)");
    }
    supportBytes = reserve(supportBytes, positions * width * Long.BYTES);
    qBytes = reserve(qBytes, positions * width * Float.BYTES);
    double entropy = 0;
    if (distilled) {
      entropy = SupportTargets.fill(batch.logits(), loss.temperature(), width, supportBytes.asLongBuffer(),
          qBytes.asFloatBuffer());
    } else {
      clear(supportBytes);
      clear(qBytes);
    }
    Shape shape = new Shape(positions, width);
    NDArray support_NK = scope.create(supportBytes, shape, DataType.INT64);
    NDArray q_NK = scope.create(qBytes, shape, DataType.FLOAT32);
    NDList results = kernels.run(scope, "distill", hidden_ND, model.outputWeight(), targets_N1, support_NK, q_NK,
        loss.alpha(), scale, chunkRows(model.config().vocabularySize()), weightGradient);
    double lm = results.get(1).getDouble();
    double kd = results.get(2).getDouble() - entropy;
    return new Sums(results.get(0), lm, distilled ? kd : 0);
  }

  static long chunkRows(int vocabularySize) {
    return Math.max(64, CHUNK_VALUES / vocabularySize);
  }

  private static ByteBuffer reserve(ByteBuffer buffer, int bytes) {
    ByteBuffer large = buffer.capacity() >= bytes ? buffer
        : ByteBuffer.allocateDirect(bytes + bytes / 4).order(ByteOrder.nativeOrder());
    return large.clear().limit(bytes);
  }

  private static void clear(ByteBuffer buffer) {
    for (int i = 0; i < buffer.limit(); i++) {
      buffer.put(i, (byte) 0);
    }
  }

  @Override
  public void close() {
    kernels.close();
    manager.close();
  }
}
