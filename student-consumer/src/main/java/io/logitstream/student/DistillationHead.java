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
 * Output head and loss in one, in chunks of rows, so that one buffer of [rows, vocabulary] is all that ever exists of the
 * logits (two of them when the student is tempered over the whole vocabulary) and autograd stores none of it. Every
 * loss on a sparse support has the gradient {@code c * softmax(z) + sparse}, with c a number of the position: it is built
 * in the softmax itself and multiplied back into the hidden states and the output weight.
 */
final class DistillationHead implements AutoCloseable {
  /** Values of one chunk of [rows, vocabulary]: 8 MiB of float32, which stays in the cache of a server CPU. */
  private static final long CHUNK_VALUES = 2L << 20;

  /** With fewer rows, a matrix product waits for the output weight to come from memory. */
  private static final long LEAST_CHUNK_ROWS = 128;

  /** Entries of the rectangle of targets: 512 MiB of ids, with room to grow, still counts in an int. */
  private static final long MOST_TARGETS = 1 << 27;

  private static final long KIND_LOGIT_ERROR = 6;

  /**
   * Sums over the positions of a batch.
   *
   * @param hiddenGradient_ND gradient of the scaled loss with respect to the hidden states
   * @param lm negative log-likelihood of the text, in nats
   * @param kd distillation loss
   */
  record Sums(NDArray hiddenGradient_ND, double lm, double kd) {}

  private final LanguageModel model;
  private final NDArray weightGradient;
  private final TorchScript kernels;
  private final NDManager manager;
  private final LossConfig loss;
  private ByteBuffer supportBytes = ByteBuffer.allocateDirect(0);
  private ByteBuffer logProbBytes = ByteBuffer.allocateDirect(0);
  private ByteBuffer positionBytes = ByteBuffer.allocateDirect(0);

  DistillationHead(LanguageModel model, AdamW optimizer, LossConfig loss) {
    this.model = model;
    this.loss = loss;
    this.weightGradient = optimizer.gradient(HuggingFaceNames.output(model.config()));
    this.manager = model.newScope();
    this.kernels = TorchScript.load(manager, DistillationHead.class, "distillation.py");
  }

  /**
   * Loss of a batch; the output weight's gradient is added to the optimizer's.
   *
   * @param hidden_ND hidden states of all predicted positions
   * @param targets_N1 ids that follow them
   * @param batch the batch
   * @param alpha weight of the distillation loss
   * @param scale factor of the gradients, one by the tokens of the step
   */
  Sums apply(NDArray hidden_ND, NDArray targets_N1, TrainingBatch batch, double alpha, double scale) {
    NDManager scope = hidden_ND.getManager();
    int positions = batch.predicted();
    int vocabulary = model.config().vocabularySize();
    int width = batch.logits() == null ? 0 : SupportTargets.width(batch.logits());
    if ((long) positions * width > MOST_TARGETS) {
      throw new LogitstreamException("batch " + batch.key() + ": " + positions + " positions with up to " + width
          + " kept tokens are too many for one pass; publish batches of fewer rows, or keep fewer (selection.topK)");
    }
    supportBytes = reserve(supportBytes, positions * width * Integer.BYTES);
    logProbBytes = reserve(logProbBytes, positions * width * Float.BYTES);
    positionBytes = reserve(positionBytes, positions * SupportTargets.POSITION_VALUES * Float.BYTES);
    if (width > 0) {
      SupportTargets.fillSupports(batch.logits(), width, supportBytes.asIntBuffer(), logProbBytes.asFloatBuffer());
      SupportTargets.fillPositions(batch.logits(), loss, vocabulary, positionBytes.asFloatBuffer());
    }
    Shape shape = new Shape(positions, width);
    NDArray support_NK = scope.create(supportBytes, shape, DataType.INT32);
    NDArray logProb_NK = scope.create(logProbBytes, shape, DataType.FLOAT32);
    NDArray positions_N4 = scope.create(positionBytes, new Shape(positions, SupportTargets.POSITION_VALUES),
        DataType.FLOAT32);
    boolean onSupport = loss.normalise() == LossConfig.Normalise.SUPPORT;
    boolean factorIsOne = alpha == 0 && loss.tail() != LossConfig.Tail.BUCKET || loss.sharesSoftmax();
    NDList results = kernels.run(scope, "distill", hidden_ND, model.outputWeight(), targets_N1, support_NK, logProb_NK,
        positions_N4, loss.onLogits() ? KIND_LOGIT_ERROR : loss.kind().code, loss.tail().code, onSupport,
        loss.temperStudent(), factorIsOne, loss.kind() == LossConfig.Kind.JSD ? loss.beta() : loss.skew(), alpha, scale,
        Math.min(positions, chunkRows(vocabulary)), weightGradient);
    return new Sums(results.get(0), results.get(1).getDouble(), results.get(2).getDouble());
  }

  static long chunkRows(int vocabularySize) {
    return Math.max(LEAST_CHUNK_ROWS, CHUNK_VALUES / vocabularySize);
  }

  private static ByteBuffer reserve(ByteBuffer buffer, int bytes) {
    ByteBuffer large = buffer.capacity() >= bytes ? buffer
        : ByteBuffer.allocateDirect(bytes + bytes / 4).order(ByteOrder.nativeOrder());
    return large.clear().limit(bytes);
  }

  @Override
  public void close() {
    kernels.close();
    manager.close();
  }
}
