package io.logitstream.producers.corpus.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The values of a dictionary's page, held as its bytes: small values take little more memory than in the file. */
final class Dictionary {
    private static final VarHandle LITTLE_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] page;
    private final int[] starts;

    private Dictionary(byte[] page, int[] starts) {
        this.page = page;
        this.starts = starts;
    }

    /**
     * Reads a dictionary.
     *
     * @param in values of the page, each after its length
     * @param values number of values
     */
    static Dictionary read(PageBytes in, int values) throws IOException {
        PageBytes.requireHeld(in.left());
        byte[] page = in.bytes((int) in.left());
        // Each value takes the four bytes of its length at least.
        if (values > page.length / Integer.BYTES) {
            throw PageBytes.corrupt();
        }
        int[] starts = new int[values];
        int at = 0;
        for (int i = 0; i < values; i++) {
            if (page.length - at < Integer.BYTES) {
                throw PageBytes.corrupt();
            }
            at += Integer.BYTES;
            starts[i] = at;
            int length = length(page, at);
            if (length < 0 || length > page.length - at) {
                throw PageBytes.corrupt();
            }
            at += length;
        }
        return new Dictionary(page, starts);
    }

    /** Value of an index. */
    TextValues.Value value(int index) throws IOException {
        if (index < 0 || index >= starts.length) {
            throw PageBytes.corrupt();
        }
        int length = length(page, starts[index]);
        return new TextValues.Value(length, new ByteArrayInputStream(page, starts[index], length));
    }

    private static int length(byte[] page, int start) {
        return (int) LITTLE_ENDIAN.get(page, start - Integer.BYTES);
    }
}
