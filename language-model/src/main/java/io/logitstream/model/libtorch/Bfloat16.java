package io.logitstream.model.libtorch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Conversion of float32 to bfloat16, the upper half of a float32. DJL has no tensors of that type. */
public final class Bfloat16 {
    private Bfloat16() {}

    /**
     * Rounds to the nearest bfloat16, ties to even.
     *
     * @param values float32 values in native byte order
     * @return bfloat16 values, little-endian
     */
    public static ByteBuffer fromFloat32(ByteBuffer values) {
        FloatBuffer source = values.order(ByteOrder.nativeOrder()).asFloatBuffer();
        ByteBuffer narrowed = ByteBuffer.allocate(source.remaining() * 2).order(ByteOrder.LITTLE_ENDIAN);
        while (source.hasRemaining()) {
            int bits = Float.floatToIntBits(source.get());
            // Rounding could turn a NaN into an infinity; floatToIntBits has replaced it by the canonical NaN.
            int rounding = (bits & 0x7fffffff) > 0x7f800000 ? 0 : 0x7fff + (bits >>> 16 & 1);
            narrowed.putShort((short) (bits + rounding >>> 16));
        }
        return narrowed.flip();
    }
}
