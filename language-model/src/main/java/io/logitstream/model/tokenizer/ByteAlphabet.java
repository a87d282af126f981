package io.logitstream.model.tokenizer;

/**
 * The printable characters that byte-level tokenizers write for the 256 bytes: a byte that is a visible Latin-1
 * character stands for itself, the others take the characters from U+0100 on, in order.
 */
final class ByteAlphabet {
    private static final char[] LETTERS = new char[256];

    static {
        char next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean visible = b > 0x20 && b < 0x7F || b > 0xA0 && b != 0xAD;
            LETTERS[b] = visible ? (char) b : next++;
        }
    }

    private ByteAlphabet() {}

    static char letter(int unsignedByte) {
        return LETTERS[unsignedByte];
    }
}
