package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;
import io.logitstream.schemas.logits.LogitsChecks;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;

/**
 * The codec {@code compact-1-supports}: supports and tail masses without statistics, for teachers that give no more.
 * Numbers are rounded as in {@link CompactCodec}: log-probabilities to {@link ProbabilityLevels}, tail masses to
 * 1/2048.
 */
public final class CompactSupportsCodec implements LogitsCodec {
    /** Name of this codec. */
    public static final String NAME = "compact-1-supports";

    private final LogitsCodec withStatistics = new CompactCodec();
    private final ThreadLocal<SupportsEncoder> encoder = ThreadLocal.withInitial(SupportsEncoder::new);
    private final ThreadLocal<SupportsDecoder> decoder = ThreadLocal.withInitial(SupportsDecoder::new);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean hasStatistics() {
        return false;
    }

    @Override
    public ByteBuffer encode(SparseLogits logits, PayloadShape shape) {
        LogitsChecks.requireContentOf(this, logits);
        LogitsChecks.require(logits, shape);
        return encoder.get().encode(logits, shape);
    }

    @Override
    public void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into) {
        LogitsChecks.requireNoSample(this, shape.draws());
        decoder.get().decode(payload, shape, into);
    }

    @Override
    public PayloadBytes parts(ByteBuffer payload, PayloadShape shape) {
        LogitsChecks.requireNoSample(this, shape.draws());
        return decoder.get().parts(payload, shape);
    }

    @Override
    public double largestMassError(int kept) {
        return withStatistics.largestMassError(kept);
    }

    @Override
    public long maxBytes(int positions, int maxKept) {
        return withStatistics.maxBytes(positions, maxKept);
    }
}
