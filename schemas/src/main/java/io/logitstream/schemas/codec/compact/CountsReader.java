package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.Classes;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.Layout;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SampleCounts;
import io.logitstream.schemas.logits.SparseLogits;

/** Reads the counts of a sample. Each is bounded by the one before and by what is left of the draws. */
final class CountsReader {
    private final DecodeTable table = new DecodeTable(Layout.COUNT_CONTEXTS, Classes.FINE.count(), Layout.COUNT_BITS);

    void readTables(BitReader in) {
        for (int context = 0; context < Layout.COUNT_CONTEXTS; context++) {
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
                throw new CorruptPayloadException(i, remaining + " ids of " + left + " draws");
            }
            int previous = left;
            for (int e = into.offsets()[i]; remaining > 0; e++, remaining--) {
                int limit = Math.min(previous, left - remaining + 1);
                int count = left == remaining ? 1 : limit;
                if (left > remaining && limit > Layout.LEAST_COUNT) {
                    count = Layout.LEAST_COUNT
                            + in.readOne(
                                    table, Layout.countContext(limit, left, remaining), Classes.FINE.table(), index++);
                    if (count < Layout.LEAST_COUNT || count > limit) {
                        throw new CorruptPayloadException(
                                i, "count " + count + " where at most " + limit + " is possible");
                    }
                }
                counts[e] = count;
                left -= count;
                previous = count;
            }
            if (left != 0) {
                throw new CorruptPayloadException(i, "counts that leave " + left + " draws over");
            }
        }
        SampleCounts.setLogProbs(into);
    }
}
