package io.logitstream.teacher.selection;

import io.logitstream.files.Sha256;
import io.logitstream.schemas.BatchKey;

/** Initial state of a batch's random numbers. It makes the draws a function of the seed and the batch. */
public final class SampleSeed {
    private SampleSeed() {}

    /** Initial state of SplitMix64: the first 8 bytes, big-endian, of the SHA-256 of {@code seed/key} in UTF-8. */
    public static long of(long seed, BatchKey key) {
        return Sha256.firstLong(seed + "/" + key);
    }
}
