package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.RopeConfig;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * Cosines and sines of rotary position embedding (Su et al. 2021, RoFormer, section 3.2.2), computed once for the
 * longest context seen. Safe for several threads.
 */
public final class RotaryEmbedding {
    /**
     * Cosines and sines of T positions, [T, 1, R]: R / 2 angles, each of them twice, in the order in which values are
     * rotated.
     *
     * @param cos_T1R cosines times the amplitude of the scaling
     * @param sin_T1R sines times the amplitude of the scaling
     */
    public record Table(NDArray cos_T1R, NDArray sin_T1R) {}

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
