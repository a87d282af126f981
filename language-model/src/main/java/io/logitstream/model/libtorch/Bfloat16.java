package io.logitstream.model.libtorch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Conversion to bfloat16, the upper half of a float32, done here because DJL has no tensors of that type. */
public final class Bfloat16 {
    private Bfloat16() {}

    /** Narrows native-order float32 to little-endian values, to the nearest, ties to even. */
    public static ByteBuffer fromFloat32(ByteBuffer values) {
        FloatBuffer source = values.order(ByteOrder.nativeOrder()).asFloatBuffer();
        ByteBuffer narrowed = ByteBuffer.allocate(source.remaining() * 2).order(ByteOrder.LITTLE_ENDIAN);
        while (source.hasRemaining()) {
            int bits = Float.floatToIntBits(source.get());
            // A NaN must not be rounded up into an infinity; floatToIntBits has made it the canonical one.
            int rounding = (bits & 0x7fffffff) > 0x7f800000 ? 0 : 0x7fff + (bits >>> 16 & 1);
            narrowed.putShort((short) (bits + rounding >>> 16));
        }
        return narrowed.flip();
    }
}
