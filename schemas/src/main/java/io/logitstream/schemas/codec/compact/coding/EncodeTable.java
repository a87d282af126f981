package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** Counts of the symbols in a few contexts, and their codes. */
public final class EncodeTable {
    /**
     * By context and symbol, how often it occurs; and the same again from {@link #second}. Where neighbours often have the
     * same symbol, they count in turns, so that a processor need not wait for the one count before the next.
     */
    public final int[] counts;
    /** Where the second counts begin. */
    public final int second;
    /** By context and symbol: the code in the lowest 16 bits, its length in those above. */
    public final int[] codes;

    private final int contexts;
    private final int alphabet;
    private final int bits;
    private final PrefixCode code;

    /** With {@code bits} as the longest code; beyond the last context there is one more code, which takes no bits. */
    public EncodeTable(int contexts, int alphabet, int bits) {
        this.contexts = contexts;
        this.alphabet = alphabet;
        this.bits = bits;
        this.second = contexts * alphabet + 1;
        this.counts = new int[2 * second];
        this.codes = new int[contexts * alphabet + 1];
        this.code = new PrefixCode(alphabet, bits);
    }

    public void clear() {
        Arrays.fill(counts, 0);
    }

    /** Number of a symbol in a context, from 0. */
    public int number(int context, int symbol) {
        return context * alphabet + symbol;
    }

    /** Number of the code that takes no bits. */
    public int none() {
        return contexts * alphabet;
    }

    /** Writes all contexts' tables. */
    public void write(CodeLengths lengths, BitWriter out) {
        for (int context = 0; context < contexts; context++) {
            write(context, lengths, out);
        }
    }

    /** Works out the codes of a context and writes their lengths. */
    public void write(int context, CodeLengths lengths, BitWriter out) {
        for (int number = context * alphabet; number < (context + 1) * alphabet; number++) {
            counts[number] += counts[number + second];
        }
        lengths.of(counts, context * alphabet, alphabet, code.lengths(), bits);
        code.write(out);
        code.fillCodes(codes, context * alphabet);
    }
}
