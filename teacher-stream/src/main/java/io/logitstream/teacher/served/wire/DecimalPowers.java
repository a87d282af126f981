package io.logitstream.teacher.served.wire;

/** Products of an integer and a power of ten. */
final class DecimalPowers {
    /** Integers below it take one more digit without overflow. */
    static final long MANTISSA_LIMIT = (Long.MAX_VALUE - 9) / 10;

    private static final double[] POWERS = new double[23];

    static {
        // Powers up to 22 are exact in double.
        double power = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = power;
            power *= 10;
        }
    }

    private DecimalPowers() {}

    /** {@code mantissa} times ten to the {@code scale}, within two units in the last place of a double. */
    static double scaled(long mantissa, int scale) {
        if (scale == 0 || mantissa == 0) {
            return mantissa;
        }
        if (scale < 0 && scale > -POWERS.length) {
            return mantissa / POWERS[-scale];
        }
        if (scale > 0 && scale < POWERS.length) {
            return mantissa * POWERS[scale];
        }
        return mantissa * Math.pow(10, scale);
    }
}
