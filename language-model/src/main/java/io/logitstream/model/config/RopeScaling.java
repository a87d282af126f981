package io.logitstream.model.config;

import java.util.List;

/**
 * Scaling of a rotary embedding for contexts longer than those of the first training. The names in parentheses are
 * the {@code rope_type} of a Hugging Face configuration.
 */
public sealed interface RopeScaling {
    /**
     * Angles per position.
     *
     * @param theta base of the wavelengths
     * @param size R, values of a head that are rotated, even
     * @param positions length of the context
     * @return R / 2 inverse wavelengths
     */
    double[] inverseFrequencies(double theta, int size, long positions);

    /**
     * Whether the keys of the first positions stay valid when a context grows. If not, all positions are computed
     * again, as in transformers.
     *
     * @param positions length before
     * @param grown length after
     */
    default boolean keepsAngles(long positions, long grown) {
        return true;
    }

    /** Factor of cosines and sines, 1 by default. */
    default double amplitude() {
        return 1;
    }

    /** No scaling ({@code default}). */
    record None() implements RopeScaling {
        @Override
        public double[] inverseFrequencies(double theta, int size, long positions) {
            return plain(theta, size);
        }
    }

    /**
     * Every wavelength times a factor ({@code linear}; Chen et al. 2023, Position Interpolation, section 2.3).
     *
     * @param factor the factor, positive
     */
    record Linear(double factor) implements RopeScaling {
        @Override
        public double[] inverseFrequencies(double theta, int size, long positions) {
            double[] frequencies = plain(theta, size);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] /= factor;
            }
            return frequencies;
        }
    }

    /**
     * A base that grows with the context beyond the model's own length ({@code dynamic}, "dynamic NTK"; Peng et al.
     * 2023, YaRN, section 3.3). The angles depend only on the length of the current context, whereas transformers
     * keeps those of a longer context that it saw before.
     *
     * @param factor factor, positive
     * @param maxPositions context length up to which nothing is stretched
     */
    record Dynamic(double factor, int maxPositions) implements RopeScaling {
        @Override
        public double[] inverseFrequencies(double theta, int size, long positions) {
            double longer = factor * Math.max(positions, maxPositions) / maxPositions - (factor - 1);
            return plain(theta * Math.pow(longer, size / (size - 2.0)), size);
        }
    }

    /**
     * Long wavelengths are stretched, short ones kept, and those between interpolated ({@code llama3}; code released
     * with Llama 3.1).
     *
     * @param factor factor of long wavelengths
     * @param lowFrequencyFactor wavelengths above originalPositions / lowFrequencyFactor are stretched by {@code
     *     factor}
     * @param highFrequencyFactor wavelengths below originalPositions / highFrequencyFactor are kept
     * @param originalPositions context length before stretching
     */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
            implements RopeScaling {
        @Override
        public double[] inverseFrequencies(double theta, int size, long positions) {
            double[] frequencies = plain(theta, size);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] = stretched(frequencies[i]);
            }
            return frequencies;
        }

        private double stretched(double frequency) {
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength > originalPositions / lowFrequencyFactor) {
                return frequency / factor;
            }
            if (wavelength < originalPositions / highFrequencyFactor) {
                return frequency;
            }
            double smooth =
                    (originalPositions / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }
    }

    /**
     * Linear interpolation between kept and stretched angles, for the dimensions that turn between betaFast and
     * betaSlow times in the original context; attention is sharpened ({@code yarn}; Peng et al. 2023, sections 3.2 to
     * 3.4).
     *
     * @param factor factor of slow dimensions
     * @param betaFast turns from which a dimension is kept, 32 by default
     * @param betaSlow turns below which a dimension is stretched, 1 by default
     * @param originalPositions context length before stretching
     * @param truncate whether the two limits are rounded outwards to whole dimensions, true by default
     * @param amplitude factor of cosines and sines, 0.1 ln(factor) + 1 by default
     */
    record Yarn(
            double factor, double betaFast, double betaSlow, int originalPositions, boolean truncate, double amplitude)
            implements RopeScaling {
        @Override
        public double[] inverseFrequencies(double theta, int size, long positions) {
            double first = dimension(betaFast, theta, size);
            double last = dimension(betaSlow, theta, size);
            first = Math.max(truncate ? Math.floor(first) : first, 0);
            last = Math.min(truncate ? Math.ceil(last) : last, size - 1);
            double[] frequencies = plain(theta, size);
            for (int i = 0; i < frequencies.length; i++) {
                // A range of width 0 becomes a step, as in transformers.
                double width = last == first ? 0.001 : last - first;
                double stretched = Math.min(1, Math.max(0, (i - first) / width));
                frequencies[i] = frequencies[i] / factor * stretched + frequencies[i] * (1 - stretched);
            }
            return frequencies;
        }

        // The dimension that turns a given number of times in the original context.
        private double dimension(double turns, double theta, int size) {
            return size * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }

        /**
         * Default amplitude (Peng et al. 2023, section 3.4, equation 22).
         *
         * @param factor factor of slow dimensions
         * @param scale factor of the logarithm, {@code mscale}, 1 by default
         */
        @SuppressWarnings("InvalidParam") // The name of the key is like that of the parameter.
        public static double amplitude(double factor, double scale) {
            return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
        }
    }

    /**
     * A factor for each wavelength, from one list up to the original context and from another beyond it ({@code
     * longrope}; Ding et al. 2024, section 3). All angles change when a context grows beyond the original one.
     *
     * @param shortFactors R / 2 factors up to the original context
     * @param longFactors R / 2 factors beyond it
     * @param originalPositions context length before stretching
     * @param amplitude factor of cosines and sines
     */
    record LongRope(List<Double> shortFactors, List<Double> longFactors, int originalPositions, double amplitude)
            implements RopeScaling {
        /** Copies the lists. */
        public LongRope {
            shortFactors = List.copyOf(shortFactors);
            longFactors = List.copyOf(longFactors);
        }

        @Override
        public double[] inverseFrequencies(double theta, int size, long positions) {
            List<Double> factors = positions > originalPositions ? longFactors : shortFactors;
            double[] frequencies = new double[size / 2];
            for (int i = 0; i < frequencies.length; i++) {
                // In float32, as in transformers.
                frequencies[i] = 1f / (factors.get(i).floatValue() * (float) Math.pow(theta, (double) (2 * i) / size));
            }
            return frequencies;
        }

        @Override
        public boolean keepsAngles(long positions, long grown) {
            return positions > originalPositions == grown > originalPositions;
        }

        /** Default amplitude for a context longer than the original one by a factor, as in Phi 3's released code. */
        public static double amplitude(double factor, int originalPositions) {
            return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
        }
    }

    private static double[] plain(double theta, int size) {
        double[] frequencies = new double[size / 2];
        for (int i = 0; i < frequencies.length; i++) {
            // In float32, as in transformers.
            frequencies[i] = (float) (1.0 / (float) Math.pow(theta, (double) (2 * i) / size));
        }
        return frequencies;
    }
}
