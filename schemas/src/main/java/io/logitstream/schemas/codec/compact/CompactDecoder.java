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

/** Decoder of payloads with reusable buffers. Not thread-safe. */
final class CompactDecoder {
    private final PartsReader parts = new PartsReader();
    private final BitReader bits = parts.tables();
    private final LaneReader lanes = parts.lanes();
    private final PreviousOccurrences cache = new PreviousOccurrences();
    private final ColumnsReader columns = new ColumnsReader();
    private final CountsReader counts = new CountsReader();
    private final IdsReader ids = new IdsReader();
    private final EntriesReader entries = new EntriesReader(LevelTables.BY_RANK);
    private final SparseLogits scratch = new SparseLogits();
    private long valueTableBits;
    private long idTableBits;
    /** Bits read from the lanes, up to a constant: after the columns, and after levels, kinds and counts. */
    private long columnsEnd;

    private long valuesEnd;

    /** Implements {@link CompactCodec#parts}. */
    PayloadBytes parts(ByteBuffer payload, PayloadShape shape) {
        if (shape.positions() == 0) {
            requireEmpty(payload);
            return new PayloadBytes(0, 0, 0);
        }
        decode(payload, shape, scratch);
        long kindBits = entries.kindBits(scratch.total());
        double idBits = idTableBits + kindBits + lanes.bitsRead() - valuesEnd;
        double valueBits = valueTableBits + valuesEnd - columnsEnd - kindBits;
        return new PayloadBytes(idBits / 8, valueBits / 8, payload.remaining() - (idBits + valueBits) / 8);
    }

    /** Implements {@link CompactCodec#decode}. */
    void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into) {
        int positions = shape.positions();
        if (positions == 0) {
            requireEmpty(payload);
            into.resize(0, 0, shape.draws());
            return;
        }
        int size = payload.remaining();
        if (size < CompactLayout.HEADER_BYTES) {
            throw corrupt(size + " bytes are too few");
        }
        ByteBuffer in = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
        int total = in.getInt();
        int others = in.getInt();
        int smallestLogSum = in.getInt();
        PartsReader.requireCounts(total, others, positions, size);
        parts.open(in);
        into.resize(positions, total, shape.draws());
        boolean sampled = shape.draws() > 0;
        readTables(sampled);
        columns.read(lanes, smallestLogSum, into);
        columnsEnd = lanes.bitsRead();
        int[] earlier = cache.earlier(shape);
        entries.read(lanes, earlier, columns.labels(), into);
        if (sampled) {
            counts.read(lanes, into);
        }
        valuesEnd = lanes.bitsRead();
        ids.readOthers(lanes, others, total);
        lanes.requireEnd();
        ids.fill(shape, earlier, entries.kinds(), into);
    }

    private static void requireEmpty(ByteBuffer payload) {
        if (payload.hasRemaining()) {
            throw corrupt(payload.remaining() + " bytes, but no positions");
        }
    }

    private void readTables(boolean sampled) {
        columns.readTables(bits);
        long begin = bits.position();
        if (sampled) {
            counts.readTables(bits);
        } else {
            entries.readLevelTables(bits);
        }
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
