package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SampleCounts;
import io.logitstream.schemas.logits.SparseLogits;

/** Reads the counts of a sample. Each is bounded by the previous one and by the number of remaining draws. */
final class CountsReader {
    private final DecodeTable table =
            new DecodeTable(CompactLayout.COUNT_CONTEXTS, NumberClasses.FINE.count(), CompactLayout.COUNT_BITS);

    void readTables(BitReader in) {
        for (int context = 0; context < CompactLayout.COUNT_CONTEXTS; context++) {
            table.read(in, context);
        }
    }

    void read(LaneReader in, SparseLogits into) {
        int[] counts = into.counts();
        int index = 0;
        for (int i = 0; i < into.positions(); i++) {
            int left = into.draws();
            int remaining = into.offsets()[i + 1] - into.offsets()[i];
            if (remaining > left) {
                throw new CorruptPayloadException(
                        i, "its support has " + remaining + " ids, more than its " + left + " draws");
            }
            int previous = left;
            for (int e = into.offsets()[i]; remaining > 0; e++, remaining--) {
                int limit = Math.min(previous, left - remaining + 1);
                int count = left == remaining ? 1 : limit;
                if (left > remaining && limit > CompactLayout.LEAST_COUNT) {
                    count = CompactLayout.LEAST_COUNT
                            + in.readOne(
                                    table,
                                    CompactLayout.countContext(limit, left, remaining),
                                    NumberClasses.FINE.table(),
                                    index++);
                    if (count < CompactLayout.LEAST_COUNT || count > limit) {
                        throw new CorruptPayloadException(
                                i, "count " + count + ", but at most " + limit + " is possible");
                    }
                }
                counts[e] = count;
                left -= count;
                previous = count;
            }
            if (left != 0) {
                throw new CorruptPayloadException(i, "its counts do not account for " + left + " draws");
            }
        }
        SampleCounts.setLogProbs(into);
    }
}
