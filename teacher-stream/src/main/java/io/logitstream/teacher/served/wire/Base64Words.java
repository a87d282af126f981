package io.logitstream.teacher.served.wire;

import io.logitstream.messages.Printable;
import java.util.Arrays;

/** Decodes base64 text, which arrives in pieces, to little-endian words of 32 bits. Reusable, not thread-safe. */
public final class Base64Words {
    private static final int[] BITS = new int[256];

    static {
        Arrays.fill(BITS, -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            BITS[alphabet.charAt(i)] = i;
        }
    }

    private int[] words = new int[0];
    private int expected;
    private int count;
    private int characters;
    private int bits;
    private int bytes;
    private int word;
    private int padding;

    /**
     * Begins a text.
     *
     * @param size number of words to expect; more are an error before memory is taken for them
     */
    public void start(int size) {
        expected = size;
        if (words.length < size) {
            words = new int[size];
        }
        count = 0;
        characters = 0;
        bits = 0;
        bytes = 0;
        word = 0;
        padding = 0;
    }

    /** The words, valid up to the expected number after {@link #finish}. */
    public int[] words() {
        return words;
    }

    /**
     * Decodes characters up to a quotation mark.
     *
     * @return position of the quotation mark, or {@code end} if there is none
     */
    int decode(byte[] text, int start, int end) throws AnswerException {
        int at = start;
        while (at < end) {
            if (characters == 0 && bytes == 0 && padding == 0) {
                at = decodeBlocks(text, at, end);
                if (at == end) {
                    break;
                }
            }
            byte character = text[at];
            if (character == '"') {
                return at;
            }
            add(character);
            at++;
        }
        return at;
    }

    // 16 characters are 12 bytes, which are 3 words.
    private int decodeBlocks(byte[] text, int start, int end) {
        int at = start;
        int to = count;
        while (at + 16 <= end && to + 3 <= expected) {
            int first = quad(text, at);
            int second = quad(text, at + 4);
            int third = quad(text, at + 8);
            int fourth = quad(text, at + 12);
            if ((first | second | third | fourth) < 0) {
                break;
            }
            words[to] = Integer.reverseBytes(first << 8 | second >>> 16);
            words[to + 1] = Integer.reverseBytes(second << 16 | third >>> 8);
            words[to + 2] = Integer.reverseBytes(third << 24 | fourth);
            to += 3;
            at += 16;
        }
        count = to;
        return at;
    }

    // Negative if a character is not one of base64.
    private static int quad(byte[] text, int at) {
        return BITS[text[at] & 0xff] << 18
                | BITS[text[at + 1] & 0xff] << 12
                | BITS[text[at + 2] & 0xff] << 6
                | BITS[text[at + 3] & 0xff];
    }

    private void add(byte character) throws AnswerException {
        if (character == '\\') {
            // A slash may be written as \/ in JSON.
            return;
        }
        if (character == '=') {
            padding++;
            return;
        }
        int value = BITS[character & 0xff];
        if (value < 0 || padding > 0) {
            throw new AnswerException(
                    "has base64 text with the character '" + Printable.of((char) (character & 0xff)) + "'");
        }
        bits = bits << 6 | value;
        if (++characters == 4) {
            addByte(bits >>> 16);
            addByte(bits >>> 8);
            addByte(bits);
            characters = 0;
            bits = 0;
        }
    }

    private void addByte(int value) throws AnswerException {
        word |= (value & 0xff) << 8 * bytes;
        if (++bytes == 4) {
            if (count == expected) {
                throw new AnswerException("has more than the " + expected + " values that belong in it");
            }
            words[count++] = word;
            bytes = 0;
            word = 0;
        }
    }

    /** Requires that the text is complete and has the expected size. */
    void finish() throws AnswerException {
        if (padding > 2 || padding > 0 && characters + padding != 4 || padding == 0 && characters > 0) {
            throw new AnswerException("has base64 text that is not complete");
        }
        if (padding == 1) {
            addByte(bits >>> 10);
            addByte(bits >>> 2);
        } else if (padding == 2) {
            addByte(bits >>> 4);
        }
        if (bytes > 0 || count != expected) {
            throw new AnswerException(
                    "has " + (4L * count + bytes) + " bytes of base64 values where " + 4L * expected + " belong");
        }
    }
}
