package io.logitstream.teacher.selection;

import io.logitstream.schemas.BatchKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Where a batch's random numbers begin, so that the draws are a function of the seed and the position. */
public final class SampleSeed {
    private SampleSeed() {}

    /** The first 8 bytes, big endian, of the SHA-256 of {@code seed/key} in UTF-8: the state that SplitMix64 starts from. */
    public static long of(long seed, BatchKey key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest((seed + "/" + key).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
