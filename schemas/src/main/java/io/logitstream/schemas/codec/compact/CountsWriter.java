package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.EncodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Writes the counts of a sample. */
final class CountsWriter {
    private final EncodeTable table =
            new EncodeTable(CompactLayout.COUNT_CONTEXTS, NumberClasses.FINE.count(), CompactLayout.COUNT_BITS);
    private final long[] classes = new long[table.codes.length];
    private int[] values = new int[0];
    private char[] symbols = new char[0];
    private int size;

    CountsWriter() {
        for (int context = 0; context < CompactLayout.COUNT_CONTEXTS; context++) {
            System.arraycopy(
                    NumberClasses.FINE.table(), 0, classes, table.number(context, 0), NumberClasses.FINE.count());
        }
    }

    /** Collects the counts that need a code. */
    void set(SparseLogits logits) {
        if (values.length < logits.total()) {
            values = new int[logits.total()];
            symbols = new char[logits.total()];
        }
        table.clear();
        size = 0;
        for (int i = 0; i < logits.positions(); i++) {
            int left = logits.draws();
            int previous = left;
            int remaining = logits.offsets()[i + 1] - logits.offsets()[i];
            for (int e = logits.offsets()[i]; remaining > 0; e++, remaining--) {
                int count = logits.counts()[e];
                if (count > previous) {
                    throw new CorruptPayloadException(
                            i, "count " + count + " after " + previous + ": counts must not increase");
                }
                int limit = Math.min(previous, left - remaining + 1);
                if (left > remaining && limit > CompactLayout.LEAST_COUNT) {
                    int value = count - CompactLayout.LEAST_COUNT;
                    int number = table.number(
                            CompactLayout.countContext(limit, left, remaining), NumberClasses.FINE.of(value));
                    values[size] = value;
                    symbols[size++] = (char) number;
                    table.counts[number]++;
                }
                left -= count;
                previous = count;
            }
        }
    }

    void writeTables(CodeLengths lengths, BitWriter out) {
        table.write(lengths, out);
    }

    void write(LaneWriter out) {
        out.writeNumbers(symbols, values, table.codes, classes, size);
    }
}
