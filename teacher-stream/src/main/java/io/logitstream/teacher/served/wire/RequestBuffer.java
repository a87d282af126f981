package io.logitstream.teacher.served.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The JSON text of a request as bytes. Reusable, not thread-safe. */
public final class RequestBuffer {
    private byte[] bytes = new byte[16 * 1024];
    private int length;

    /** Begins a request. */
    public void start() {
        length = 0;
    }

    /** Adds ASCII text as it is. */
    public RequestBuffer raw(String text) {
        ensure(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    /** Adds a string with its quotation marks. */
    public RequestBuffer string(String text) {
        byte[] encoded = JsonStringEncoder.getInstance().quoteAsUTF8(text);
        ensure(encoded.length + 2);
        bytes[length++] = '"';
        System.arraycopy(encoded, 0, bytes, length, encoded.length);
        length += encoded.length;
        bytes[length++] = '"';
        return this;
    }

    /** Adds an array of token ids. */
    public RequestBuffer ids(int[] ids) {
        ensure(2 + 11 * ids.length);
        bytes[length++] = '[';
        for (int i = 0; i < ids.length; i++) {
            if (i > 0) {
                bytes[length++] = ',';
            }
            digits(ids[i]);
        }
        bytes[length++] = ']';
        return this;
    }

    /** Adds an array of arrays of token ids. */
    public RequestBuffer ids(int[][] rows) {
        raw("[");
        for (int i = 0; i < rows.length; i++) {
            raw(i > 0 ? "," : "").ids(rows[i]);
        }
        return raw("]");
    }

    private void digits(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("token id " + value);
        }
        int end = length;
        int rest = value;
        do {
            end++;
            rest /= 10;
        } while (rest > 0);
        rest = value;
        for (int i = end - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length = end;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }

    /** The text, {@link #length()} bytes. The array is replaced when it grows. */
    public byte[] bytes() {
        return bytes;
    }

    /** Number of bytes. */
    public int length() {
        return length;
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
