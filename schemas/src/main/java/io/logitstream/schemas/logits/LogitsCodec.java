package io.logitstream.schemas.logits;

import io.logitstream.schemas.LogitsBatch;
import java.nio.ByteBuffer;

/**
 * One layout of the payload of a {@link LogitsBatch}, described to the byte in schemas/README.md.
 * Thread-safe.
 */
public interface LogitsCodec {

    /** The name that stands in {@link LogitsBatch#getCodec()}. */
    String name();

    /**
     * Writes a payload into a new buffer, from its position to its limit.
     *
     * @param logits left as it is
     * @param shape the batch that they belong to
     * @throws CorruptPayloadException if a value is one that {@link #decode} would refuse, so that a reader
     *     never meets it
     */
    ByteBuffer encode(SparseLogits logits, PayloadShape shape);

    /**
     * Reads and checks a payload that nobody vouches for. Never allocates more than a small multiple of its
     * size.
     *
     * @param payload from its position to its limit; left as it is
     * @param shape what the record around it says of it
     * @param into receives the content; undefined after an exception
     * @throws CorruptPayloadException naming the position, if the payload breaks its layout or a value is
     *     impossible
     */
    void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into);

    /**
     * What a payload's bytes are spent on. Costs as much as to decode it.
     *
     * @throws CorruptPayloadException as {@link #decode} does
     */
    PayloadBytes parts(ByteBuffer payload, PayloadShape shape);

    /**
     * Upper bound of an encoded payload in bytes.
     *
     * @param positions predicted positions N
     * @param maxKept most kept entries of a position
     */
    long maxBytes(int positions, int maxKept);

    /**
     * How far the probabilities of a support and its tail mass, after encoding and decoding, may be from what they added up
     * to before.
     *
     * @param kept entries of the support
     */
    default double largestMassError(int kept) {
        return 0;
    }
}
