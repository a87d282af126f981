package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Encoder of payloads with reusable buffers. Not thread-safe. */
final class CompactEncoder {
    /**
     * Maximum lengths in bits of codes with extra bits: of all columns, of a level or count with a kind, and of an id.
     */
    private static final long MOST_COLUMN_BITS = CompactLayout.COLUMNS * (CompactLayout.COLUMN_BITS + 27);

    private static final long MOST_ENTRY_BITS =
            CompactLayout.COLUMN_BITS + 28 + CompactLayout.KIND_BITS + CompactLayout.ID_BITS + 27;

    private final BitWriter bits = new BitWriter();
    private final LaneWriter lanes = new LaneWriter();
    private final CodeLengths lengths = new CodeLengths();
    private final ColumnsWriter columns = new ColumnsWriter();
    private final CountsWriter counts = new CountsWriter();
    private final EntriesWriter entries = new EntriesWriter();
    private final IdsWriter ids = new IdsWriter();

    ByteBuffer encode(SparseLogits logits, PayloadShape shape) {
        int positions = logits.positions();
        int total = logits.total();
        if (positions == 0) {
            return ByteBuffer.allocate(0);
        }
        boolean sampled = logits.draws() > 0;
        columns.set(logits);
        entries.set(logits, shape, columns.labels());
        bits.clear();
        columns.writeTables(positions, lengths, bits);
        if (sampled) {
            counts.set(logits);
            counts.writeTables(lengths, bits);
        } else {
            entries.writeLevelTables(lengths, bits);
        }
        entries.writeKindTables(lengths, bits);
        ids.writeTables(entries.others(), entries.otherCount(), shape.vocabularySize(), lengths, bits);
        bits.finish();
        lanes.start(positions * MOST_COLUMN_BITS + total * MOST_ENTRY_BITS);
        columns.write(positions, lanes);
        entries.write(total, lanes);
        if (sampled) {
            counts.write(lanes);
        }
        ids.write(entries.others(), entries.otherCount(), lanes);
        return payload(logits);
    }

    private ByteBuffer payload(SparseLogits logits) {
        long size = (long) CompactLayout.HEADER_BYTES + bits.size();
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            size += lanes.size(lane);
        }
        // A payload with less than half a bit per entry is padded, so that a reader can recognise a payload that would
        // require too much memory.
        long least = (logits.total() - (long) logits.positions() + CompactLayout.MOST_ENTRIES_PER_BYTE - 1)
                / CompactLayout.MOST_ENTRIES_PER_BYTE;
        ByteBuffer payload =
                ByteBuffer.allocate(Math.toIntExact(Math.max(size, least))).order(ByteOrder.LITTLE_ENDIAN);
        payload.putInt(logits.total()).putInt(entries.otherCount()).putInt(columns.smallestLogSum());
        payload.putInt(bits.size());
        for (int lane = 0; lane < CompactLayout.LANES - 1; lane++) {
            payload.putInt(lanes.size(lane));
        }
        payload.put(bits.bytes(), 0, bits.size());
        lanes.writeTo(payload);
        return payload.rewind();
    }
}
