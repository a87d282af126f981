package io.logitstream.schemas.codec.compact.coding;

/**
 * Division of non-negative numbers into a class, which is entropy coded, and extra bits, which are stored as they are.
 * A number below 16 is its own class. Above, the class consists of the position of the highest bit and the {@code
 * mantissaBits} bits after it.
 */
public final class NumberClasses {
    /** Classes of differences of levels, of counts and of gaps. */
    public static final NumberClasses FINE = new NumberClasses(2);
    /** Classes of statistics and of ids outside the dictionary. */
    public static final NumberClasses FINER = new NumberClasses(3);

    private static final int DIRECT = 16;
    private static final int DIRECT_BITS = 4;

    private final int mantissaBits;
    private final int[] base;
    private final int[] extraBits;
    /** Number of extra bits in the upper half, smallest number in the lower. */
    private final long[] both;

    private NumberClasses(int mantissaBits) {
        this.mantissaBits = mantissaBits;
        int count = DIRECT + (31 - DIRECT_BITS << mantissaBits);
        base = new int[count];
        extraBits = new int[count];
        both = new long[count];
        for (int symbol = 0; symbol < count; symbol++) {
            if (symbol < DIRECT) {
                base[symbol] = symbol;
            } else {
                int exponent = DIRECT_BITS + (symbol - DIRECT >> mantissaBits);
                int mantissa = symbol - DIRECT & (1 << mantissaBits) - 1;
                extraBits[symbol] = exponent - mantissaBits;
                base[symbol] = (1 << mantissaBits | mantissa) << extraBits[symbol];
            }
            both[symbol] = (long) extraBits[symbol] << 32 | base[symbol];
        }
    }

    /** Number of classes, sufficient for every non-negative int. */
    public int count() {
        return base.length;
    }

    /** Class of a non-negative number. */
    public int of(int value) {
        if (value < DIRECT) {
            return value;
        }
        int exponent = 31 - Integer.numberOfLeadingZeros(value);
        return DIRECT
                + (exponent - DIRECT_BITS << mantissaBits)
                + (value >>> exponent - mantissaBits & (1 << mantissaBits) - 1);
    }

    /** The smallest number of a class. */
    public int base(int symbol) {
        return base[symbol];
    }

    /** For each class, the number of extra bits in the upper half and the smallest number in the lower half. */
    public long[] table() {
        return both;
    }

    /** Number of extra bits of a class: the lowest bits of the number. */
    public int extraBits(int symbol) {
        return extraBits[symbol];
    }
}
