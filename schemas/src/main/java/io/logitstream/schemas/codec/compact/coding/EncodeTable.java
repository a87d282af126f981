package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** Counts and codes of symbols in one or more contexts. */
public final class EncodeTable {
    /**
     * Counts by context and symbol, with a second set from {@link #second}. Neighbours that often have the same symbol
     * increment the two sets in turn, so that the processor need not wait for the previous increment.
     */
    public final int[] counts;
    /** Index of the second set of counts. */
    public final int second;
    /** Codes by context and symbol: the bits in the lowest 16 bits, the length in the upper 16. */
    public final int[] codes;

    private final int contexts;
    private final int alphabet;
    private final int bits;
    private final PrefixCode code;

    /** Creates a table with codes of up to {@code bits} bits. One more code, of length 0, follows the last context. */
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

    /** Index of a symbol in a context. */
    public int number(int context, int symbol) {
        return context * alphabet + symbol;
    }

    /** Index of the code of length 0. */
    public int none() {
        return contexts * alphabet;
    }

    /** Writes the tables of all contexts. */
    public void write(CodeLengths lengths, BitWriter out) {
        for (int context = 0; context < contexts; context++) {
            write(context, lengths, out);
        }
    }

    /** Computes the codes of a context and writes their lengths. */
    public void write(int context, CodeLengths lengths, BitWriter out) {
        for (int number = context * alphabet; number < (context + 1) * alphabet; number++) {
            counts[number] += counts[number + second];
        }
        lengths.of(counts, context * alphabet, alphabet, code.lengths(), bits);
        code.write(out);
        code.fillCodes(codes, context * alphabet);
    }
}
