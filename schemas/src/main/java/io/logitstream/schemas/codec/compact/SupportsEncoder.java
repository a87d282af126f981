package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.codec.compact.coding.PartsWriter;
import io.logitstream.schemas.codec.compact.coding.SupportColumns;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;

/** Encoder of payloads without statistics, with reusable buffers. Not thread-safe. */
final class SupportsEncoder {
    private final BitWriter bits = new BitWriter();
    private final LaneWriter lanes = new LaneWriter();
    private final CodeLengths lengths = new CodeLengths();
    private final SupportColumnsWriter columns = new SupportColumnsWriter();
    private final EntriesWriter entries = new EntriesWriter(LevelTables.BY_RANK_AND_SIZE);
    private final IdsWriter ids = new IdsWriter();

    ByteBuffer encode(SparseLogits logits, PayloadShape shape) {
        int positions = logits.positions();
        int total = logits.total();
        if (positions == 0) {
            return ByteBuffer.allocate(0);
        }
        columns.reserve(positions);
        entries.set(logits, shape, columns.labels());
        entries.predictTails(logits, columns.predictedTails());
        columns.set(logits);
        bits.clear();
        columns.writeTables(positions, lengths, bits);
        entries.writeLevelTables(lengths, bits);
        entries.writeKindTables(lengths, bits);
        ids.writeTables(entries.others(), entries.otherCount(), shape.vocabularySize(), lengths, bits);
        bits.finish();
        lanes.start(CompactLayout.MOST_NUMBER_BITS * SupportColumns.COUNT * positions
                + total * CompactLayout.MOST_ENTRY_BITS);
        columns.write(SupportColumns.KEPT, positions, lanes);
        columns.write(SupportColumns.LABEL, positions, lanes);
        entries.write(total, lanes);
        columns.write(SupportColumns.TAIL, positions, lanes);
        ids.write(entries.others(), entries.otherCount(), lanes);
        return PartsWriter.payload(total, positions, bits, lanes, total, entries.otherCount());
    }
}
