package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.logits.PayloadShape;
import java.util.Arrays;

/**
 * Finds, for each position, the previous position of the batch with the same input token. After the same token the
 * teacher often predicts the same ids. Not thread-safe.
 */
final class PreviousOccurrences {
    private int[] tokens = new int[0];
    private int[] last = new int[0];
    private int[] earlier = new int[0];

    /** For each position, the previous one with the same input token, or -1. */
    int[] earlier(PayloadShape shape) {
        int positions = shape.positions();
        int size = Integer.highestOneBit(Math.max(8, 4 * positions));
        if (last.length != size) {
            tokens = new int[size];
            last = new int[size];
        }
        Arrays.fill(last, -1);
        if (earlier.length < positions) {
            earlier = new int[positions];
        }
        int shift = 32 - Integer.numberOfTrailingZeros(size);
        int position = 0;
        for (int row = 0; row < shape.rows(); row++) {
            for (int i = 0; i < shape.length() - 1; i++, position++) {
                int token = shape.tokens()[row * shape.length() + i];
                int slot = token * 0x9E3779B1 >>> shift;
                while (last[slot] >= 0 && tokens[slot] != token) {
                    slot = slot + 1 & size - 1;
                }
                earlier[position] = last[slot];
                tokens[slot] = token;
                last[slot] = position;
            }
        }
        return earlier;
    }
}
