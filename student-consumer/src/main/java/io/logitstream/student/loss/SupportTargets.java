package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.libtorch.HostTransfer;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.input.TrainingBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Brings a batch's targets onto the device as rectangular arrays. Shorter supports are padded with their first id and
 * the log-probability minus infinity, which the kernels treat as no entry. Owns the host buffers, which batches reuse.
 */
final class SupportTargets {
    /** Values per position besides its support: temperature, KD weight, tail mass, log-sum-exp. */
    static final int POSITION_VALUES = 4;

    /** Largest number of entries N * K: 512 MiB of ids, whose size with a margin still fits an int. */
    private static final long LARGEST_SIZE = 1 << 27;

    private final LossConfig loss;
    private final int vocabularySize;
    private final TokenRouting routing;
    private ByteBuffer supportBytes = ByteBuffer.allocateDirect(0);
    private ByteBuffer logProbBytes = ByteBuffer.allocateDirect(0);
    private ByteBuffer positionBytes = ByteBuffer.allocateDirect(0);
    private ByteBuffer routedBytes = ByteBuffer.allocateDirect(0);

    SupportTargets(LossConfig loss, int vocabularySize) {
        this.loss = loss;
        this.vocabularySize = vocabularySize;
        this.routing = loss.routing() == null ? null : new TokenRouting(loss.routing());
    }

    /**
     * Tensors of a batch.
     *
     * @param scope owner of the new arrays
     * @param hidden_ND hidden states
     * @param target_N1 next tokens of the text
     * @throws LogitstreamException when the supports are too large for one pass
     */
    BatchTensors tensors(NDManager scope, NDArray hidden_ND, NDArray target_N1, TrainingBatch batch) {
        int positions = batch.predicted();
        int width = batch.logits() == null ? 0 : width(batch.logits());
        if ((long) positions * width > LARGEST_SIZE) {
            throw new LogitstreamException(
                    "batch " + batch.key() + ": " + positions + " positions with up to " + width
                            + " kept tokens are too many for one pass; publish batches of fewer rows, or keep fewer (selection.topK)");
        }
        supportBytes = reserve(supportBytes, positions * width * Integer.BYTES);
        logProbBytes = reserve(logProbBytes, positions * width * Float.BYTES);
        positionBytes = reserve(positionBytes, positions * POSITION_VALUES * Float.BYTES);
        if (width > 0) {
            fillSupports(batch.logits(), width, supportBytes.asIntBuffer(), logProbBytes.asFloatBuffer());
            fillPositions(batch.logits(), loss, vocabularySize, positionBytes.asFloatBuffer());
        }
        boolean isRouted = routing != null && width > 0;
        routedBytes = reserve(routedBytes, isRouted ? positions * Float.BYTES : 0);
        int routed = isRouted ? routing.fill(batch, routedBytes.asFloatBuffer()) : positions;
        Shape shape = new Shape(positions, width);
        return new BatchTensors(
                hidden_ND,
                target_N1,
                HostTransfer.toDevice(scope, supportBytes, shape, DataType.INT32),
                HostTransfer.toDevice(scope, logProbBytes, shape, DataType.FLOAT32),
                HostTransfer.toDevice(scope, positionBytes, new Shape(positions, POSITION_VALUES), DataType.FLOAT32),
                HostTransfer.toDevice(scope, routedBytes, new Shape(positions, isRouted ? 1 : 0), DataType.FLOAT32),
                routed);
    }

    private static ByteBuffer reserve(ByteBuffer buffer, int bytes) {
        ByteBuffer large = buffer.capacity() >= bytes
                ? buffer
                : ByteBuffer.allocateDirect(bytes + bytes / 4).order(ByteOrder.nativeOrder());
        return large.clear().limit(bytes);
    }

    /** Number of entries K of the largest support, at least 1. */
    static int width(SparseLogits logits) {
        int width = 1;
        for (int i = 0; i < logits.positions(); i++) {
            width = Math.max(width, logits.offsets()[i + 1] - logits.offsets()[i]);
        }
        return width;
    }

    /**
     * Writes the entries of each position, padded to the same width.
     *
     * @param logits decoded logits
     * @param width K
     * @param support_NK receives token ids
     * @param logProb_NK receives log-probabilities at temperature 1
     */
    static void fillSupports(SparseLogits logits, int width, IntBuffer support_NK, FloatBuffer logProb_NK) {
        int[] offsets = logits.offsets();
        for (int i = 0; i < logits.positions(); i++) {
            int kept = offsets[i + 1] - offsets[i];
            support_NK.put(logits.ids(), offsets[i], kept);
            logProb_NK.put(logits.logProbs(), offsets[i], kept);
            int first = kept > 0 ? logits.ids()[offsets[i]] : 0;
            for (int j = kept; j < width; j++) {
                support_NK.put(first);
                logProb_NK.put(Float.NEGATIVE_INFINITY);
            }
        }
    }

    /**
     * Writes {@link #POSITION_VALUES} values for each position.
     *
     * @param logits decoded logits
     * @param loss loss settings
     * @param vocabularySize V
     * @param position_N4 receives temperature, KD weight, tail mass and log-sum-exp of each position; not a number for a
     *     log-sum-exp that the record does not have
     */
    static void fillPositions(SparseLogits logits, LossConfig loss, int vocabularySize, FloatBuffer position_N4) {
        TeacherTemperature temperatures = new TeacherTemperature(loss);
        for (int i = 0; i < logits.positions(); i++) {
            double temperature = temperatures.at(logits, i, vocabularySize);
            position_N4.put((float) temperature);
            position_N4.put((float) temperatures.weight(logits, i, temperature));
            position_N4.put(logits.tailMass()[i]);
            position_N4.put(logits.hasStatistics() ? logits.logSumExp()[i] : Float.NaN);
        }
    }
}
