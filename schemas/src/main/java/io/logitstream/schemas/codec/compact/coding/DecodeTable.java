package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** Look-up tables of the prefix codes of one alphabet, for one or more contexts. */
public final class DecodeTable {
    /** Longest code in bits; a context has 2^bits slots. */
    final int bits;
    /** For each context and next bits the code's length in the lowest 4 bits, the symbol in the 12 above. */
    public final char[] slots;

    private final int alphabet;
    private final PrefixCode code;

    public DecodeTable(int contexts, int alphabet, int bits) {
        this.bits = bits;
        this.alphabet = alphabet;
        this.slots = new char[contexts << bits];
        this.code = new PrefixCode(alphabet, bits);
    }

    /** Reads the table of a context. One without symbols decodes to 0: no valid payload uses it. */
    public void read(BitReader in, int context) {
        read(in, context, alphabet);
    }

    /** As {@link #read(BitReader, int)}, where only the first symbols occur. */
    public void read(BitReader in, int context, int symbols) {
        code.read(in, symbols);
        code.fillSlots(slots, context << bits);
    }

    /** Sets the table of a context that has one symbol, which takes no bits. */
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
