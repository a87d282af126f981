package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.HostTransfer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * Cosines and sines of rotary position embedding (Su et al. 2021, RoFormer, section 3.2.2), computed once for the
 * longest context seen. Safe for several threads.
 */
public final class RotaryEmbedding {
    /**
     * The positions of a pass: cosines and sines of T positions, [T, 1, R], and the documents that the positions are of.
     * R / 2 angles, each of them twice, in the order in which values are rotated. With documents, whose rows differ in
     * their positions, cosines and sines are [B, T, 1, R].
     *
     * @param cos_T1R cosines times the amplitude of the scaling
     * @param sin_T1R sines times the amplitude of the scaling
     * @param documents the documents, if rows hold several; null where a row is one text
     */
    public record Table(NDArray cos_T1R, NDArray sin_T1R, DocumentGroups documents) {
        Table(NDArray cos_T1R, NDArray sin_T1R) {
            this(cos_T1R, sin_T1R, null);
        }
    }

    private static final long MAX_AHEAD = 1 << 17;

    private final NDManager manager;
    private final RopeConfig config;
    private final LongFunction<double[]> inverseFrequencies;
    private double[] frequencies;
    private Table longest;

    /**
     * Tables that are computed when they are first needed.
     *
     * @param manager owner of the tables
     * @param config rotary embedding of the layers
     * @param inverseFrequencies angles per position (R / 2 values), by context length
     */
    public RotaryEmbedding(NDManager manager, RopeConfig config, LongFunction<double[]> inverseFrequencies) {
        this.manager = manager;
        this.config = config;
        this.inverseFrequencies = inverseFrequencies;
    }

    /**
     * The table of the positions from {@code begin} (inclusive) to {@code end} (exclusive).
     *
     * @param scope owner of the returned views
     * @param begin first position
     * @param end position after the last; the length of the context, which some scalings depend on
     */
    public synchronized Table table(NDManager scope, long begin, long end) {
        double[] wanted = inverseFrequencies.apply(end);
        long held = longest == null || !Arrays.equals(wanted, frequencies)
                ? 0
                : longest.cos_T1R.getShape().get(0);
        if (held < end) {
            if (longest != null) {
                longest.cos_T1R.close();
                longest.sin_T1R.close();
            }
            frequencies = wanted;
            // Doubled, because generation extends a context position by position.
            longest = make(Math.toIntExact(Math.max(end, Math.min(2 * held, MAX_AHEAD))));
        }
        NDArray cos = longest.cos_T1R.get(begin + ":" + end);
        NDArray sin = longest.sin_T1R.get(begin + ":" + end);
        cos.attach(scope);
        sin.attach(scope);
        return new Table(cos, sin);
    }

    /**
     * The table of rows of several documents, each of which has positions from 0.
     *
     * @param scope owner of the table
     * @param documents lengths of the documents
     * @param groups the documents as attention takes them
     */
    public synchronized Table table(NDManager scope, DocumentLengths documents, DocumentGroups groups) {
        int[] lengths = documents.all();
        int longestDocument = Arrays.stream(lengths).max().orElseThrow();
        int shortestDocument = Arrays.stream(lengths).min().orElseThrow();
        try (NDManager inside = scope.newSubManager()) {
            boolean sameAngles = Arrays.equals(
                    inverseFrequencies.apply(shortestDocument), inverseFrequencies.apply(longestDocument));
            Table table = sameAngles
                    ? picked(inside, table(inside, 0, longestDocument), documents.positionIds())
                    : concatenated(inside, lengths);
            Shape shape = new Shape(
                    documents.rows(),
                    documents.positions(),
                    1,
                    table.cos_T1R.getShape().get(2));
            NDArray cos = table.cos_T1R.reshape(shape);
            NDArray sin = table.sin_T1R.reshape(shape);
            cos.attach(scope);
            sin.attach(scope);
            return new Table(cos, sin, groups);
        }
    }

    private static Table picked(NDManager scope, Table table, long[] positions) {
        NDArray ids_N =
                HostTransfer.toDevice(scope, LongBuffer.wrap(positions), new Shape(positions.length), DataType.INT64);
        return new Table(
                JniUtils.embedding((PtNDArray) ids_N, (PtNDArray) table.cos_T1R.squeeze(1), false)
                        .expandDims(1),
                JniUtils.embedding((PtNDArray) ids_N, (PtNDArray) table.sin_T1R.squeeze(1), false)
                        .expandDims(1));
    }

    // Some scalings change the angles of all positions with the length of the context, which is that of the document.
    private Table concatenated(NDManager scope, int[] lengths) {
        NDList cos = new NDList();
        NDList sin = new NDList();
        for (int length : lengths) {
            Table table = table(scope, 0, length);
            cos.add(table.cos_T1R);
            sin.add(table.sin_T1R);
        }
        return new Table(NDArrays.concat(cos), NDArrays.concat(sin));
    }

    private Table make(int positions) {
        int half = frequencies.length;
        double amplitude = config.scaling().amplitude();
        float[] cos = new float[positions * 2 * half];
        float[] sin = new float[cos.length];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < half; i++) {
                // The angle is rounded to float32 before its cosine, as in transformers.
                double angle = position * (float) frequencies[i];
                int at = position * 2 * half + (config.pairs() ? 2 * i : i);
                int partner = at + (config.pairs() ? 1 : half);
                cos[at] = cos[partner] = (float) (Math.cos(angle) * amplitude);
                sin[at] = sin[partner] = (float) (Math.sin(angle) * amplitude);
            }
        }
        Shape shape = new Shape(positions, 1, 2L * half);
        return new Table(manager.create(cos, shape), manager.create(sin, shape));
    }
}
