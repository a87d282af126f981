package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** Decoding tables of the prefix codes of one alphabet in one or more contexts. */
public final class DecodeTable {
    /** Maximum length of a code in bits. Each context has 2^bits slots. */
    final int bits;
    /**
     * For each context and value of the next bits: the code's length in the lowest 4 bits, the symbol in the next 12.
     */
    public final char[] slots;

    private final int alphabet;
    private final PrefixCode code;

    public DecodeTable(int contexts, int alphabet, int bits) {
        this.bits = bits;
        this.alphabet = alphabet;
        this.slots = new char[contexts << bits];
        this.code = new PrefixCode(alphabet, bits);
    }

    /** Reads the table of a context. A table without symbols decodes to 0; no valid payload uses it. */
    public void read(BitReader in, int context) {
        read(in, context, alphabet);
    }

    /** Reads the table of a context in which only the first symbols can occur. */
    public void read(BitReader in, int context, int symbols) {
        code.read(in, symbols);
        code.fillSlots(slots, context << bits);
    }

    /** Sets the table of a context with a single symbol, whose code takes no bits. */
    public void setOnly(int context, int symbol) {
        Arrays.fill(slots, context << bits, context + 1 << bits, (char) (symbol << 4));
    }

    /** Lengths of the codes, by context and symbol. */
    public byte[] lengths() {
        byte[] lengths = new byte[(slots.length >>> bits) * alphabet];
        for (int slot = 0; slot < slots.length; slot++) {
            lengths[(slot >>> bits) * alphabet + (slots[slot] >>> 4)] = (byte) (slots[slot] & 15);
        }
        return lengths;
    }
}
