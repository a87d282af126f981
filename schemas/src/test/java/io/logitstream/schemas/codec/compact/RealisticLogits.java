package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;

/**
 * 8 rows of 256 positions with a vocabulary of 151,936: the 100 most likely ids of a teacher, what a student gives them,
 * and 50 draws from the teacher. docs/reference/reports/codec.md says how they were made.
 */
public final class RealisticLogits {
    /** Entries of each position. */
    public static final int WIDTH = 100;

    private final PayloadShape shape;
    private final int[] ids;
    private final float[] logProbs;
    private final float[][] statistics = new float[4][];
    private final float[] studentLogProbs;
    private final float[] studentSquares;
    private final int draws;
    private final int[] drawnKept;
    private final int[] drawnIds;
    private final int[] drawnCounts;

    private RealisticLogits(ByteBuffer in) {
        int rows = in.getInt();
        int length = in.getInt();
        int vocabulary = in.getInt();
        int positions = rows * (length - 1);
        if (in.getInt() != WIDTH) {
            throw new IllegalStateException("another fixture");
        }
        shape = new PayloadShape(ints(in, rows * length), rows, length, vocabulary, 0);
        ids = ints(in, positions * WIDTH);
        logProbs = floats(in, positions * WIDTH);
        for (int i = 0; i < statistics.length; i++) {
            statistics[i] = floats(in, positions);
        }
        studentLogProbs = floats(in, positions * WIDTH);
        studentSquares = floats(in, positions);
        draws = in.getInt();
        drawnKept = ints(in, positions);
        int drawn = 0;
        for (int kept : drawnKept) {
            drawn += kept;
        }
        drawnIds = ints(in, drawn);
        drawnCounts = ints(in, drawn);
    }

    /** Reads the fixture. */
    public static RealisticLogits load() {
        try (InputStream in = RealisticLogits.class.getResourceAsStream("realistic-151936.bin.gz");
                DataInputStream data = new DataInputStream(new GZIPInputStream(in))) {
            return new RealisticLogits(ByteBuffer.wrap(data.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ints(ByteBuffer in, int count) {
        int[] values = new int[count];
        in.asIntBuffer().get(values);
        in.position(in.position() + 4 * count);
        return values;
    }

    private static float[] floats(ByteBuffer in, int count) {
        float[] values = new float[count];
        in.asFloatBuffer().get(values);
        in.position(in.position() + 4 * count);
        return values;
    }

    /** The batch that the logits belong to. */
    public PayloadShape shape() {
        return shape;
    }

    /** The batch, for the sample. */
    public PayloadShape sampledShape() {
        return new PayloadShape(shape.tokens(), shape.rows(), shape.length(), shape.vocabularySize(), draws);
    }

    /** Top-p, then top-k, of the teacher; k up to {@link #WIDTH}. */
    public SparseLogits select(double p, int k) {
        int positions = shape.positions();
        SparseLogits selected = new SparseLogits();
        selected.resize(positions, positions * k);
        int entry = 0;
        for (int i = 0; i < positions; i++) {
            double mass = 0;
            for (int j = 0; j < k && mass < p; j++) {
                selected.ids()[entry] = ids[i * WIDTH + j];
                selected.logProbs()[entry++] = logProbs[i * WIDTH + j];
                mass += Math.exp(logProbs[i * WIDTH + j]);
            }
            selected.offsets()[i + 1] = entry;
            selected.tailMass()[i] = (float) Math.max(0, 1 - mass);
        }
        copyStatistics(selected);
        return selected;
    }

    /** The draws. */
    public SparseLogits sampled() {
        int positions = shape.positions();
        SparseLogits sampled = new SparseLogits();
        sampled.resize(positions, drawnIds.length, draws);
        for (int i = 0; i < positions; i++) {
            sampled.offsets()[i + 1] = sampled.offsets()[i] + drawnKept[i];
            sampled.tailMass()[i] = statistics[0][i];
        }
        System.arraycopy(drawnIds, 0, sampled.ids(), 0, drawnIds.length);
        System.arraycopy(drawnCounts, 0, sampled.counts(), 0, drawnIds.length);
        io.logitstream.schemas.logits.SampleCounts.setLogProbs(sampled);
        copyStatistics(sampled);
        return sampled;
    }

    private void copyStatistics(SparseLogits into) {
        int positions = shape.positions();
        System.arraycopy(statistics[1], 0, into.logSumExp(), 0, positions);
        System.arraycopy(statistics[2], 0, into.standardDeviation(), 0, positions);
        System.arraycopy(statistics[3], 0, into.entropy(), 0, positions);
    }

    /** The student's log-probability of the j-th id of a position. */
    double studentLogProb(int position, int j) {
        return studentLogProbs[position * WIDTH + j];
    }

    /** Sum over the vocabulary of the student's squared probabilities. */
    double studentSquares(int position) {
        return studentSquares[position];
    }
}
