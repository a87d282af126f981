package io.logitstream.schemas.codec.compact.coding;

import io.logitstream.schemas.logits.CorruptPayloadException;
import java.util.Arrays;

/**
 * Canonical prefix code (Huffman, 1952), defined by the lengths of its codes: shorter codes come first, and among codes
 * of equal length those of smaller symbols. The first bit of a code is its lowest bit. A symbol of length 0 has no
 * code. A sole symbol has length 1, but its code takes no bits. Not thread-safe.
 */
final class PrefixCode {
    private final byte[] lengths;
    private final int alphabet;
    private final int most;
    private final int[] sorted;
    /** Index in {@link #sorted} of the first symbol of each length, followed by the end. */
    private final int[] firsts;

    private final int[] next;
    private int only;

    /**
     * Creates a code.
     *
     * @param alphabet maximum number of symbols
     * @param most maximum length of a code in bits
     */
    PrefixCode(int alphabet, int most) {
        this.alphabet = alphabet;
        this.most = most;
        this.lengths = new byte[alphabet];
        this.sorted = new int[alphabet];
        this.firsts = new int[most + 2];
        this.next = new int[most + 2];
    }

    /** The array of lengths, for the class that computes them. */
    byte[] lengths() {
        return lengths;
    }

    /** Writes the lengths as differences from the previous length. */
    void write(BitWriter out) {
        int used = alphabet;
        while (used > 0 && lengths[used - 1] == 0) {
            used--;
        }
        out.writeGamma(used);
        int previous = 0;
        for (int symbol = 0; symbol < used; symbol++) {
            int difference = lengths[symbol] - previous;
            out.writeGamma(difference << 1 ^ difference >> 31);
            previous = lengths[symbol];
        }
        order(used);
    }

    /**
     * Reads lengths that {@link #write} has written, for an alphabet of {@code symbols}. Refuses incomplete and
     * overfull codes.
     */
    void read(BitReader in, int symbols) {
        int used = in.readGamma();
        if (used > symbols) {
            throw corrupt("codes of " + used + " symbols, but there are only " + symbols);
        }
        Arrays.fill(lengths, used, alphabet, (byte) 0);
        int previous = 0;
        for (int symbol = 0; symbol < used; symbol++) {
            int folded = in.readGamma();
            previous += folded >>> 1 ^ -(folded & 1);
            if (previous < 0 || previous > most) {
                throw corrupt("a code of " + previous + " bits");
            }
            lengths[symbol] = (byte) previous;
        }
        order(used);
        long share = 0;
        for (int length = 1; length <= most; length++) {
            share += (long) (firsts[length + 1] - firsts[length]) << most - length;
        }
        if (share != 1L << most && only < 0) {
            throw corrupt("codes that do not fill their table");
        }
    }

    private void order(int used) {
        Arrays.fill(next, 0);
        for (int symbol = 0; symbol < used; symbol++) {
            next[lengths[symbol]]++;
        }
        int place = 0;
        for (int length = 1; length <= most; length++) {
            firsts[length] = place;
            place += next[length];
            next[length] = firsts[length];
        }
        firsts[most + 1] = place;
        for (int symbol = 0; symbol < used; symbol++) {
            if (lengths[symbol] > 0) {
                sorted[next[lengths[symbol]]++] = symbol;
            }
        }
        only = place == 0 ? 0 : place == 1 && lengths[sorted[0]] == 1 ? sorted[0] : -1;
    }

    /** Sets the code of each symbol: its bits in the lowest 16 bits, its length in the upper 16. */
    void fillCodes(int[] codes, int from) {
        Arrays.fill(codes, from, from + alphabet, 0);
        if (only >= 0) {
            return;
        }
        int code = 0;
        for (int length = 1; length <= most; length++) {
            code <<= 1;
            for (int place = firsts[length]; place < firsts[length + 1]; place++) {
                codes[from + sorted[place]] = Integer.reverse(code++) >>> 32 - length | length << 16;
            }
        }
    }

    /**
     * Sets the decoding table: for each value of the next {@code most} bits, the length in 4 bits and the symbol in 12.
     */
    void fillSlots(char[] slots, int from) {
        slots[from] = (char) (Math.max(0, only) << 4);
        int code = 0;
        for (int length = 1; length <= most; length++) {
            int size = 1 << length - 1;
            System.arraycopy(slots, from, slots, from + size, size);
            code <<= 1;
            for (int place = firsts[length]; only < 0 && place < firsts[length + 1]; place++) {
                slots[from + (Integer.reverse(code++) >>> 32 - length)] = (char) (sorted[place] << 4 | length);
            }
        }
    }

    private static CorruptPayloadException corrupt(String detail) {
        return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
    }
}
