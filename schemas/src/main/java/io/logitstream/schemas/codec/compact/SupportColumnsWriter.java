package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.EncodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.codec.compact.coding.SupportColumns;
import io.logitstream.schemas.logits.SparseLogits;

/** Writes the columns that {@link SupportColumnsReader} reads. */
final class SupportColumnsWriter {
    private static final int CLASSES = NumberClasses.FINER.count();

    private final EncodeTable[] tables = new EncodeTable[SupportColumns.COUNT];
    private final int[][] values = new int[SupportColumns.COUNT][0];
    /** For each column, the index of each position's symbol in the table. */
    private final char[][] symbols = new char[SupportColumns.COUNT][0];

    private final long[] classes = new long[SupportColumns.contexts(SupportColumns.LABEL) * CLASSES];

    SupportColumnsWriter() {
        for (int column = 0; column < SupportColumns.COUNT; column++) {
            tables[column] = new EncodeTable(SupportColumns.contexts(column), CLASSES, CompactLayout.COLUMN_BITS);
        }
        for (int from = 0; from < classes.length; from += CLASSES) {
            System.arraycopy(NumberClasses.FINER.table(), 0, classes, from, CLASSES);
        }
    }

    /** Makes space for the positions. */
    void reserve(int positions) {
        if (symbols[0].length < positions) {
            for (int column = 0; column < SupportColumns.COUNT; column++) {
                symbols[column] = new char[positions];
                values[column] = new int[positions];
            }
        }
    }

    /** Array for the rank of each position's label in its support, from 1, or 0. */
    int[] labels() {
        return values[SupportColumns.LABEL];
    }

    /** Array for the predicted tail mass of each position in steps. */
    int[] predictedTails() {
        return values[SupportColumns.TAIL];
    }

    /** Collects the numbers. Labels and predicted tails must be set. */
    void set(SparseLogits logits) {
        for (int i = 0; i < logits.positions(); i++) {
            values[SupportColumns.KEPT][i] = logits.offsets()[i + 1] - logits.offsets()[i] - 1;
            int tail = (int) (logits.tailMass()[i] * (double) CompactLayout.TAIL_STEPS + 0.5);
            values[SupportColumns.TAIL][i] = SupportColumns.fold(tail - values[SupportColumns.TAIL][i]);
        }
    }

    void writeTables(int positions, CodeLengths lengths, BitWriter out) {
        for (int column = 0; column < SupportColumns.COUNT; column++) {
            EncodeTable table = tables[column];
            table.clear();
            for (int i = 0; i < positions; i++) {
                int context = column == SupportColumns.LABEL
                        ? CompactLayout.labelContext(values[SupportColumns.KEPT][i] + 1)
                        : 0;
                int number = table.number(context, NumberClasses.FINER.of(values[column][i]));
                symbols[column][i] = (char) number;
                table.counts[number]++;
            }
            table.write(lengths, out);
        }
    }

    void write(int column, int positions, LaneWriter out) {
        out.writeNumbers(symbols[column], values[column], tables[column].codes, classes, positions);
    }
}
