package io.logitstream.schemas.codec.compact.coding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts the parts of a payload together: header, tables, lanes. */
public final class PartsWriter {
    private PartsWriter() {}

    /**
     * Creates a payload.
     *
     * @param total kept entries of all positions
     * @param header numbers of the header before the sizes of the parts
     */
    public static ByteBuffer payload(int total, int positions, BitWriter tables, LaneWriter lanes, int... header) {
        long size = (long) Integer.BYTES * (header.length + CompactLayout.LANES) + tables.size();
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            size += lanes.size(lane);
        }
        // A payload with less than half a bit per entry is padded, so that a reader can recognise a payload that would
        // require too much memory.
        long least = (total - (long) positions + CompactLayout.MOST_ENTRIES_PER_BYTE - 1)
                / CompactLayout.MOST_ENTRIES_PER_BYTE;
        ByteBuffer payload =
                ByteBuffer.allocate(Math.toIntExact(Math.max(size, least))).order(ByteOrder.LITTLE_ENDIAN);
        for (int number : header) {
            payload.putInt(number);
        }
        payload.putInt(tables.size());
        for (int lane = 0; lane < CompactLayout.LANES - 1; lane++) {
            payload.putInt(lanes.size(lane));
        }
        payload.put(tables.bytes(), 0, tables.size());
        lanes.writeTo(payload);
        return payload.rewind();
    }
}
