package io.logitstream.schemas.codec;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.LogitsChecks;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SampleCounts;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The codec {@code plain}: uncompressed columns of 4-byte little-endian values, {@code int32 counts[N], int32
 * ids[total], float32 logProbs[total], float32 tailMass[N], float32 logSumExp[N], float32 standardDeviation[N], float32
 * entropy[N]}. A sampled support has {@code int32 draws[total]} in place of {@code logProbs}. A position costs 20
 * bytes, a kept entry 8.
 *
 * <p>The codec {@code plain-supports} has no columns after {@code tailMass} and no samples; a position costs 8 bytes.
 */
public final class PlainCodec implements LogitsCodec {

    /** Name of the codec with statistics. */
    public static final String NAME = "plain";

    private static final int BYTES_PER_ENTRY = 2 * 4;

    private final boolean statistics;
    private final int bytesPerPosition;

    /** Creates the codec {@code plain}, or {@code plain-supports} without statistics. */
    public PlainCodec(boolean statistics) {
        this.statistics = statistics;
        this.bytesPerPosition = 4 * (statistics ? 5 : 2);
    }

    @Override
    public String name() {
        return statistics ? NAME : NAME + "-supports";
    }

    @Override
    public boolean hasStatistics() {
        return statistics;
    }

    @Override
    public ByteBuffer encode(SparseLogits logits, PayloadShape shape) {
        LogitsChecks.requireContentOf(this, logits);
        LogitsChecks.require(logits, shape);
        int positions = logits.positions();
        int total = logits.total();
        long bytes = (long) positions * bytesPerPosition + (long) total * BYTES_PER_ENTRY;
        if (bytes > Integer.MAX_VALUE) {
            throw new LogitstreamException(
                    "a logits payload of " + bytes + " bytes exceeds 2 GiB; use fewer rows a batch");
        }
        ByteBuffer payload = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        int[] offsets = logits.offsets();
        for (int i = 0; i < positions; i++) {
            payload.putInt(offsets[i + 1] - offsets[i]);
        }
        payload.asIntBuffer().put(logits.ids(), 0, total);
        skip(payload, total);
        if (logits.draws() > 0) {
            payload.asIntBuffer().put(logits.counts(), 0, total);
            skip(payload, total);
        } else {
            putFloats(payload, logits.logProbs(), total);
        }
        putFloats(payload, logits.tailMass(), positions);
        if (statistics) {
            putFloats(payload, logits.logSumExp(), positions);
            putFloats(payload, logits.standardDeviation(), positions);
            putFloats(payload, logits.entropy(), positions);
        }
        return payload.flip();
    }

    @Override
    public void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into) {
        LogitsChecks.requireNoSample(this, shape.draws());
        ByteBuffer in = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
        int positions = shape.positions();
        int total = entries(in.remaining(), positions);
        if (statistics) {
            into.resize(positions, total, shape.draws());
        } else {
            into.resizeWithoutStatistics(positions, total);
        }
        readOffsets(in, into);
        in.asIntBuffer().get(into.ids(), 0, total);
        skip(in, total);
        if (shape.draws() > 0) {
            in.asIntBuffer().get(into.counts(), 0, total);
            skip(in, total);
            SampleCounts.setLogProbs(into);
        } else {
            getFloats(in, into.logProbs(), total);
        }
        getFloats(in, into.tailMass(), positions);
        if (statistics) {
            getFloats(in, into.logSumExp(), positions);
            getFloats(in, into.standardDeviation(), positions);
            getFloats(in, into.entropy(), positions);
        }
        LogitsChecks.require(into, shape);
    }

    @Override
    public PayloadBytes parts(ByteBuffer payload, PayloadShape shape) {
        int total = entries(payload.remaining(), shape.positions());
        return new PayloadBytes(4.0 * total, 4.0 * total, (double) bytesPerPosition * shape.positions());
    }

    @Override
    public long maxBytes(int positions, int maxKept) {
        return (long) positions * (bytesPerPosition + (long) maxKept * BYTES_PER_ENTRY);
    }

    private int entries(int bytes, int positions) {
        long rest = bytes - (long) positions * bytesPerPosition;
        if (positions < 0 || rest < 0 || rest % BYTES_PER_ENTRY != 0) {
            throw new CorruptPayloadException(
                    CorruptPayloadException.WHOLE_PAYLOAD, bytes + " bytes cannot hold " + positions + " positions");
        }
        return (int) (rest / BYTES_PER_ENTRY);
    }

    private static void readOffsets(ByteBuffer in, SparseLogits into) {
        int positions = into.positions();
        int total = into.total();
        int[] offsets = into.offsets();
        int end = 0;
        for (int i = 0; i < positions; i++) {
            int count = in.getInt();
            if (count < 1 || count > total - end) {
                throw new CorruptPayloadException(
                        i,
                        "count " + count + " of kept entries is not from 1 to the " + (total - end) + " that remain");
            }
            end += count;
            offsets[i + 1] = end;
        }
        if (end != total) {
            throw new CorruptPayloadException(
                    CorruptPayloadException.WHOLE_PAYLOAD,
                    "the counts add up to " + end + " kept entries, but the payload holds " + total);
        }
    }

    private static void putFloats(ByteBuffer out, float[] values, int count) {
        out.asFloatBuffer().put(values, 0, count);
        skip(out, count);
    }

    private static void getFloats(ByteBuffer in, float[] values, int count) {
        in.asFloatBuffer().get(values, 0, count);
        skip(in, count);
    }

    private static void skip(ByteBuffer buffer, int values) {
        buffer.position(buffer.position() + values * 4);
    }
}
