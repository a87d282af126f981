package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.RopeConfig;
import java.util.Arrays;
import java.util.function.LongFunction;

/** Tables of rotary embedding angles, made once and kept for the longest context seen. */
public final class RotaryEmbedding {
    /** Cosines and sines, R values for each position: twice those of R / 2 angles. */
    public record Table(NDArray cos_T1R, NDArray sin_T1R) {}

    private static final long MOST_AHEAD = 1 << 17;

    private final NDManager manager;
    private final RopeConfig config;
    private final LongFunction<double[]> inverseFrequencies;
    private double[] frequencies;
    private Table longest;

    /**
     * @param inverseFrequencies angles per position, by context length
     */
    public RotaryEmbedding(NDManager manager, RopeConfig config, LongFunction<double[]> inverseFrequencies) {
        this.manager = manager;
        this.config = config;
        this.inverseFrequencies = inverseFrequencies;
    }

    /** Views of the first {@code positions} rows, owned by {@code scope}. */
    public Table table(NDManager scope, long positions) {
        return table(scope, 0, positions);
    }

    /** Views of the rows from {@code begin} up to {@code positions}, owned by {@code scope}. */
    public synchronized Table table(NDManager scope, long begin, long positions) {
        double[] wanted = inverseFrequencies.apply(positions);
        long held = longest == null || !Arrays.equals(wanted, frequencies)
                ? 0
                : longest.cos_T1R.getShape().get(0);
        if (held < positions) {
            if (longest != null) {
                longest.cos_T1R.close();
                longest.sin_T1R.close();
            }
            frequencies = wanted;
            // Twice as many where a context grows position by position.
            longest = make(Math.toIntExact(Math.max(positions, Math.min(2 * held, MOST_AHEAD))));
        }
        NDArray cos = longest.cos_T1R.get(begin + ":" + positions);
        NDArray sin = longest.sin_T1R.get(begin + ":" + positions);
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
                // The angle is rounded to single precision first, as the reference implementations have it.
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
