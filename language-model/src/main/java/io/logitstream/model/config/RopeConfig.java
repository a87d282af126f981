package io.logitstream.model.config;

/**
 * Rotary position embedding (Su et al. 2021, RoFormer, section 3.2.2).
 *
 * @param theta base of the wavelengths, 10000 by default
 * @param share part of a head that is rotated, its first values; the others carry no position. 1 by default
 * @param pairs whether neighbouring values are rotated together (GLM), instead of those half a head apart
 * @param scaling how wavelengths are stretched for long contexts
 */
public record RopeConfig(double theta, double share, boolean pairs, RopeScaling scaling) {

    /** Rotary embedding without scaling, over whole heads in halves. */
    public static RopeConfig plain(double theta) {
        return new RopeConfig(theta, 1, false, new RopeScaling.None());
    }

    /** The same embedding with another base. */
    public RopeConfig withTheta(double other) {
        return new RopeConfig(other, share, pairs, scaling);
    }

    /** The same embedding with another scaling. */
    public RopeConfig withScaling(RopeScaling other) {
        return new RopeConfig(theta, share, pairs, other);
    }

    /** R, the number of values of a head that are rotated. */
    public int size(int headSize) {
        return (int) (headSize * share);
    }

    /**
     * Angles per position.
     *
     * @param headSize A, size of a head
     * @param positions length of the context
     * @return R / 2 inverse wavelengths, one for each two rotated values
     */
    public double[] inverseFrequencies(int headSize, long positions) {
        return scaling.inverseFrequencies(theta, size(headSize), positions);
    }
}
