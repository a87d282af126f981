package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.codec.compact.coding.SupportColumns;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Reads the columns of numbers of a payload without statistics. */
final class SupportColumnsReader {
    private final DecodeTable[] tables = new DecodeTable[SupportColumns.COUNT];
    private int[] numbers = new int[0];
    private int[] labels = new int[0];

    SupportColumnsReader() {
        for (int column = 0; column < SupportColumns.COUNT; column++) {
            tables[column] = new DecodeTable(
                    SupportColumns.contexts(column), NumberClasses.FINER.count(), CompactLayout.COLUMN_BITS);
        }
    }

    void readTables(BitReader in) {
        for (int column = 0; column < SupportColumns.COUNT; column++) {
            for (int context = 0; context < SupportColumns.contexts(column); context++) {
                tables[column].read(in, context);
            }
        }
    }

    /** Reads the numbers of kept entries into the offsets, then the labels. */
    void read(LaneReader in, SparseLogits into) {
        int positions = into.positions();
        if (numbers.length < positions) {
            numbers = new int[positions];
            labels = new int[positions];
        }
        long[] classes = NumberClasses.FINER.table();
        in.readNumbers(tables[SupportColumns.KEPT], classes, positions, numbers);
        ColumnsReader.setOffsets(numbers, into);
        for (int i = 0; i < positions; i++) {
            int context = CompactLayout.labelContext(numbers[i] + 1);
            labels[i] = in.readOne(tables[SupportColumns.LABEL], context, classes, i);
        }
    }

    /**
     * Reads the tail masses.
     *
     * @param predicted predicted tail mass of each position in steps
     */
    void readTails(LaneReader in, int[] predicted, SparseLogits into) {
        in.readNumbers(tables[SupportColumns.TAIL], NumberClasses.FINER.table(), into.positions(), numbers);
        for (int i = 0; i < into.positions(); i++) {
            int steps = predicted[i] + SupportColumns.unfold(numbers[i]);
            if (steps < 0 || steps > CompactLayout.TAIL_STEPS) {
                throw new CorruptPayloadException(i, "its tail mass is outside [0, 1]");
            }
            into.tailMass()[i] = steps / CompactLayout.TAIL_STEPS;
        }
    }

    /** For each position, the rank of the label in its support, from 1; 0 if absent. */
    int[] labels() {
        return labels;
    }
}
