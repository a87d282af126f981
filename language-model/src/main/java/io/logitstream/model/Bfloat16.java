package io.logitstream.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Conversion of bfloat16, the upper half of a float32, done here because DJL has no tensors of that type. */
final class Bfloat16 {
  private Bfloat16() {}

  /** Widens little-endian values to a direct buffer of float32 in native order; exact. */
  static ByteBuffer toFloat32(ByteBuffer values) {
    ShortBuffer source = values.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    ByteBuffer widened = ByteBuffer.allocateDirect(Math.multiplyExact(source.remaining(), 4));
    FloatBuffer target = widened.order(ByteOrder.nativeOrder()).asFloatBuffer();
    while (source.hasRemaining()) {
      target.put(Float.intBitsToFloat(source.get() << 16));
    }
    return widened;
  }

  /** Narrows native-order float32 to little-endian values, to the nearest, ties to even. */
  static ByteBuffer fromFloat32(ByteBuffer values) {
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
