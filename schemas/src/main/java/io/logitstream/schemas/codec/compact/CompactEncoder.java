package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.codec.compact.coding.PartsWriter;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;

/** Encoder of payloads with reusable buffers. Not thread-safe. */
final class CompactEncoder {
    private final BitWriter bits = new BitWriter();
    private final LaneWriter lanes = new LaneWriter();
    private final CodeLengths lengths = new CodeLengths();
    private final ColumnsWriter columns = new ColumnsWriter();
    private final CountsWriter counts = new CountsWriter();
    private final EntriesWriter entries = new EntriesWriter(LevelTables.BY_RANK);
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
        lanes.start(CompactLayout.MOST_NUMBER_BITS * CompactLayout.COLUMNS * positions
                + total * CompactLayout.MOST_ENTRY_BITS);
        columns.write(positions, lanes);
        entries.write(total, lanes);
        if (sampled) {
            counts.write(lanes);
        }
        ids.write(entries.others(), entries.otherCount(), lanes);
        return PartsWriter.payload(
                total, positions, bits, lanes, total, entries.otherCount(), columns.smallestLogSum());
    }
}
