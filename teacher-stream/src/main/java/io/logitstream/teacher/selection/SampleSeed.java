package io.logitstream.teacher.selection;

import io.logitstream.files.Sha256;
import io.logitstream.schemas.BatchKey;

/** Where a batch's random numbers begin, so that the draws are a function of the seed and the position. */
public final class SampleSeed {
    private SampleSeed() {}

    /** The first 8 bytes, big endian, of the SHA-256 of {@code seed/key} in UTF-8: the state that SplitMix64 starts from. */
    public static long of(long seed, BatchKey key) {
        return Sha256.firstLong(seed + "/" + key);
    }
}
