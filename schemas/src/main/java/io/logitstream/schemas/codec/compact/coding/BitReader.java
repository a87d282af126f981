package io.logitstream.schemas.codec.compact.coding;

import io.logitstream.schemas.logits.CorruptPayloadException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Reads bits that {@link BitWriter} has written. */
public final class BitReader {
    /** Number of readable bytes that must follow the end. */
    public static final int PADDING = 16;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private long position;
    private long end;

    /**
     * Creates a reader.
     *
     * @param source bytes, with {@link #PADDING} bytes after the end
     * @param to index after the last byte
     */
    public void open(byte[] source, int to) {
        bytes = source;
        position = 0;
        end = 8L * to;
    }

    /** Reads at most 32 bits. */
    public int read(int bits) {
        long word = next();
        position += bits;
        requireWithin();
        return (int) (word & (1L << bits) - 1);
    }

    /** Reads the Elias gamma code of a number of at most 31 bits. */
    public int readGamma() {
        long word = next();
        int bits = Long.numberOfTrailingZeros(word);
        if (bits > 30) {
            throw new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, "a number of more than 31 bits");
        }
        position += bits + 1;
        // A word holds at least 57 bits, which are enough for the complete code of most numbers.
        long rest = bits > 28 ? next() : word >>> bits + 1;
        position += bits;
        requireWithin();
        return (int) ((1L << bits) + (rest & (1L << bits) - 1) - 1);
    }

    private long next() {
        return (long) LONG.get(bytes, (int) (position >>> 3)) >>> (position & 7);
    }

    /** Number of bits read so far. */
    public long position() {
        return position;
    }

    /** Requires that the last bit read is in the last byte. */
    public void requireEnd() {
        if (position <= end - 8) {
            throw new CorruptPayloadException(
                    CorruptPayloadException.WHOLE_PAYLOAD, "bytes are left over after its tables");
        }
    }

    private void requireWithin() {
        if (position > end) {
            throw new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, "its tables end too early");
        }
    }
}
