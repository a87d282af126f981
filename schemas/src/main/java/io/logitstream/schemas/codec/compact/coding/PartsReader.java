package io.logitstream.schemas.codec.compact.coding;

import io.logitstream.schemas.logits.CorruptPayloadException;
import java.nio.ByteBuffer;

/** Finds the parts of a payload: tables, then lanes. The header gives the sizes of all parts except the last lane. */
public final class PartsReader {
    private final BitReader tables = new BitReader();
    private final LaneReader lanes = new LaneReader();
    private final int[] bounds = new int[CompactLayout.LANES + 1];
    private byte[] bytes = new byte[0];

    /**
     * Checks the numbers of entries in a header against the size of its payload, before memory is taken for them.
     *
     * @param total kept entries of all positions
     * @param others entries whose ids are coded
     * @param size size of the payload in bytes
     */
    public static void requireCounts(int total, int others, int positions, int size) {
        if (total < positions || total > positions + (long) CompactLayout.MOST_ENTRIES_PER_BYTE * size) {
            throw corrupt(total + " kept entries in " + positions + " positions and " + size + " bytes");
        }
        if (others < 0 || others > total) {
            throw corrupt(others + " unpredicted ids among " + total + " kept entries");
        }
    }

    /** Reads the sizes of the parts, which end the header, and opens the parts after it. */
    public void open(ByteBuffer in) {
        int size = in.remaining() - Integer.BYTES * CompactLayout.LANES;
        long end = 0;
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            int part = in.getInt();
            end += part;
            if (part < 0 || end > size) {
                throw corrupt("its parts exceed its size of " + size + " bytes");
            }
            bounds[lane] = (int) end;
        }
        bounds[CompactLayout.LANES] = size;
        if (bytes.length < size + BitReader.PADDING) {
            bytes = new byte[size + size / 4 + BitReader.PADDING];
        }
        in.get(bytes, 0, size);
        tables.open(bytes, bounds[0]);
        lanes.open(bytes, bounds);
    }

    /** The bits of the tables. */
    public BitReader tables() {
        return tables;
    }

    public LaneReader lanes() {
        return lanes;
    }

    private static CorruptPayloadException corrupt(String detail) {
        return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
    }
}
