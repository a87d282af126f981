package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;
import io.logitstream.schemas.logits.LogitsChecks;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;

/**
 * The codec {@code compact-1}: about two bytes per kept entry, including statistics. Log-probabilities are rounded (see
 * {@link ProbabilityLevels}), tail masses to 1/2048, log-sum-exp to 1/16, standard deviations and entropies to 1/64;
 * ids and counts are exact.
 */
public final class CompactCodec implements LogitsCodec {
    /** Name of this codec. */
    public static final String NAME = "compact-1";

    /** Maximum size of header, tables and dictionary, in bytes. */
    private static final long MOST_FIXED_BYTES = 64 * 1024;
    /** Maximum size of a position in bytes: five statistics with a code and up to 28 extra bits each. */
    private static final long MOST_BYTES_PER_POSITION = 40;
    /**
     * Maximum size of an entry: level, kind and id with codes of up to 11, 11 and 15 bits, and 30 and 28 extra bits.
     */
    private static final long MOST_BYTES_PER_ENTRY = 12;

    private final ThreadLocal<CompactEncoder> encoder = ThreadLocal.withInitial(CompactEncoder::new);
    private final ThreadLocal<CompactDecoder> decoder = ThreadLocal.withInitial(CompactDecoder::new);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public ByteBuffer encode(SparseLogits logits, PayloadShape shape) {
        LogitsChecks.requireContentOf(this, logits);
        LogitsChecks.require(logits, shape);
        return encoder.get().encode(logits, shape);
    }

    @Override
    public void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into) {
        decoder.get().decode(payload, shape, into);
    }

    @Override
    public PayloadBytes parts(ByteBuffer payload, PayloadShape shape) {
        return decoder.get().parts(payload, shape);
    }

    /**
     * The error of the tail is half a step of 1/2048. If the error of the square root of a probability p is half a step
     * of 1/4096, the error of p is sqrt(p) / 4096, and the square roots of a distribution sum to at most sqrt(kept).
     * Below {@link ProbabilityLevels#LINEAR}, half a step of 1/8 nat is 6.5 % of at most 1.6e-5 each.
     */
    @Override
    public double largestMassError(int kept) {
        return 1.0 / 4096 + Math.sqrt(kept) / 4096 + Math.min(0.065, kept * 1e-6);
    }

    @Override
    public long maxBytes(int positions, int maxKept) {
        return MOST_FIXED_BYTES + positions * (MOST_BYTES_PER_POSITION + maxKept * MOST_BYTES_PER_ENTRY);
    }
}
