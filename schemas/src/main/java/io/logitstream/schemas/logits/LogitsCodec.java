package io.logitstream.schemas.logits;

import io.logitstream.schemas.LogitsBatch;
import java.nio.ByteBuffer;

/**
 * Encoding of the payload of a {@link LogitsBatch}; schemas/README.md specifies each byte. Implementations are
 * thread-safe.
 */
public interface LogitsCodec {

    /** Name of the codec, as in {@link LogitsBatch#getCodec()}. */
    String name();

    /**
     * Whether payloads hold the statistics over the full vocabulary. A codec without them writes logits with or without
     * {@link SparseLogits#hasStatistics() statistics}, but no samples.
     */
    default boolean hasStatistics() {
        return true;
    }

    /**
     * Encodes logits into a new buffer, from its position to its limit.
     *
     * @param logits logits to encode; they do not change
     * @param shape shape of their batch
     * @throws CorruptPayloadException if {@link #decode} would refuse a value
     */
    ByteBuffer encode(SparseLogits logits, PayloadShape shape);

    /**
     * Decodes and checks an untrusted payload. Allocates at most a small multiple of its size.
     *
     * @param payload payload from its position to its limit, which do not change
     * @param shape shape of the batch, from the record around the payload
     * @param into receives the content; undefined after an exception
     * @throws CorruptPayloadException if the layout or a value is invalid; the message names the position
     */
    void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into);

    /**
     * Breaks down the size of a payload by its parts. Takes as long as decoding it.
     *
     * @throws CorruptPayloadException if the payload is invalid
     */
    PayloadBytes parts(ByteBuffer payload, PayloadShape shape);

    /**
     * Upper bound of the size of a payload in bytes.
     *
     * @param positions number of predicted positions N
     * @param maxKept maximum number of kept entries of a position
     */
    long maxBytes(int positions, int maxKept);

    /**
     * Upper bound of the error that encoding and decoding add to the sum of a support's probabilities and its tail
     * mass.
     *
     * @param kept number of entries of the support
     */
    default double largestMassError(int kept) {
        return 0;
    }
}
