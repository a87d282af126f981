package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.codec.compact.coding.PartsReader;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Decoder of payloads without statistics, with reusable buffers. Not thread-safe. */
final class SupportsDecoder {
    private final PartsReader parts = new PartsReader();
    private final BitReader bits = parts.tables();
    private final LaneReader lanes = parts.lanes();
    private final PreviousOccurrences cache = new PreviousOccurrences();
    private final SupportColumnsReader columns = new SupportColumnsReader();
    private final EntriesReader entries = new EntriesReader(LevelTables.BY_RANK_AND_SIZE);
    private final IdsReader ids = new IdsReader();
    private final SparseLogits scratch = new SparseLogits();
    private long valueTableBits;
    private long idTableBits;
    /** Bits of levels and kinds, and of ids. */
    private long entryBits;

    private long otherBits;

    /** Implements {@link CompactSupportsCodec#parts}. */
    PayloadBytes parts(ByteBuffer payload, PayloadShape shape) {
        decode(payload, shape, scratch);
        if (scratch.positions() == 0) {
            return new PayloadBytes(0, 0, 0);
        }
        long kindBits = entries.kindBits(scratch.total());
        double idBits = idTableBits + kindBits + otherBits;
        double valueBits = valueTableBits + entryBits - kindBits;
        return new PayloadBytes(idBits / 8, valueBits / 8, payload.remaining() - (idBits + valueBits) / 8);
    }

    /** Implements {@link CompactSupportsCodec#decode}. */
    void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into) {
        int positions = shape.positions();
        int size = payload.remaining();
        if (positions == 0) {
            if (size > 0) {
                throw corrupt(size + " bytes, but no positions");
            }
            into.resizeWithoutStatistics(0, 0);
            return;
        }
        if (size < CompactLayout.SUPPORTS_HEADER_BYTES) {
            throw corrupt(size + " bytes are too few");
        }
        ByteBuffer in = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
        int total = in.getInt();
        int others = in.getInt();
        PartsReader.requireCounts(total, others, positions, size);
        parts.open(in);
        into.resizeWithoutStatistics(positions, total);
        readTables();
        columns.read(lanes, into);
        long columnsEnd = lanes.bitsRead();
        int[] earlier = cache.earlier(shape);
        entries.read(lanes, earlier, columns.labels(), into);
        entryBits = lanes.bitsRead() - columnsEnd;
        columns.readTails(lanes, entries.predictedTails(), into);
        long tailsEnd = lanes.bitsRead();
        ids.readOthers(lanes, others, total);
        otherBits = lanes.bitsRead() - tailsEnd;
        lanes.requireEnd();
        ids.fill(shape, earlier, entries.kinds(), into);
    }

    private void readTables() {
        columns.readTables(bits);
        long begin = bits.position();
        entries.readLevelTables(bits);
        valueTableBits = bits.position() - begin;
        entries.readKindTables(bits);
        ids.readTables(bits);
        bits.requireEnd();
        idTableBits = bits.position() - begin - valueTableBits;
    }

    private static CorruptPayloadException corrupt(String detail) {
        return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
    }
}
