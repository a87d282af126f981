package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Tables of rotary embedding angles, made once per context length and kept for the longest one seen. */
final class RotaryEmbedding {
  /** Cosines and sines, the halves of a head laid side by side as Hugging Face does. */
  record Table(NDArray cos_T1K, NDArray sin_T1K) {}

  private final NDManager manager;
  private final double[] inverseFrequencies;
  private Table longest;

  RotaryEmbedding(NDManager manager, double[] inverseFrequencies) {
    this.manager = manager;
    this.inverseFrequencies = inverseFrequencies;
  }

  /** Views of the first {@code positions} rows, owned by {@code scope}. */
  Table table(NDManager scope, long positions) {
    return table(scope, 0, positions);
  }

  /** Views of the rows from {@code begin} up to {@code positions}, owned by {@code scope}. */
  synchronized Table table(NDManager scope, long begin, long positions) {
    if (longest == null || longest.cos_T1K.getShape().get(0) < positions) {
      if (longest != null) {
        longest.cos_T1K.close();
        longest.sin_T1K.close();
      }
      longest = make((int) positions);
    }
    NDArray cos = longest.cos_T1K.get(begin + ":" + positions);
    NDArray sin = longest.sin_T1K.get(begin + ":" + positions);
    cos.attach(scope);
    sin.attach(scope);
    return new Table(cos, sin);
  }

  private Table make(int positions) {
    int half = inverseFrequencies.length;
    float[] cos = new float[positions * 2 * half];
    float[] sin = new float[cos.length];
    for (int position = 0; position < positions; position++) {
      for (int i = 0; i < half; i++) {
        // The angle is rounded to single precision first, as the reference implementations have it.
        double angle = (float) (position * (float) inverseFrequencies[i]);
        int at = position * 2 * half + i;
        cos[at] = cos[at + half] = (float) Math.cos(angle);
        sin[at] = sin[at + half] = (float) Math.sin(angle);
      }
    }
    Shape shape = new Shape(positions, 1, 2L * half);
    return new Table(manager.create(cos, shape), manager.create(sin, shape));
  }
}
