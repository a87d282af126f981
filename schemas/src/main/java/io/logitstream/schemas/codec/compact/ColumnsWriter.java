package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.Classes;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.EncodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.Layout;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Writes what {@link ColumnsReader} reads. */
final class ColumnsWriter {
    private static final int CLASSES = Classes.FINER.count();

    private final EncodeTable[] tables = new EncodeTable[Layout.COLUMNS];
    private final int[][] values = new int[Layout.COLUMNS][0];
    /** Of each column the number of each position's symbol. */
    private final char[][] symbols = new char[Layout.COLUMNS][0];

    private final long[] classes = new long[Layout.columnContexts(Layout.KEPT) * CLASSES];
    private int smallestLogSum;

    ColumnsWriter() {
        for (int column = 0; column < Layout.COLUMNS; column++) {
            tables[column] = new EncodeTable(Layout.columnContexts(column), CLASSES, Layout.COLUMN_BITS);
        }
        for (int from = 0; from < classes.length; from += CLASSES) {
            System.arraycopy(Classes.FINER.table(), 0, classes, from, CLASSES);
        }
    }

    /** Takes the statistics and the numbers of kept entries. */
    void set(SparseLogits logits) {
        int positions = logits.positions();
        if (symbols[0].length < positions) {
            for (int column = 0; column < Layout.COLUMNS; column++) {
                symbols[column] = new char[positions];
                values[column] = new int[positions];
            }
        }
        smallestLogSum = Integer.MAX_VALUE;
        for (int i = 0; i < positions; i++) {
            values[Layout.KEPT][i] = logits.offsets()[i + 1] - logits.offsets()[i] - 1;
            values[Layout.TAIL][i] = steps(i, logits.tailMass()[i], Layout.TAIL_STEPS);
            values[Layout.LOG_SUM][i] = steps(i, logits.logSumExp()[i], Layout.LOG_SUM_STEPS);
            values[Layout.DEVIATION][i] = steps(i, logits.standardDeviation()[i], Layout.DEVIATION_STEPS);
            values[Layout.ENTROPY][i] = Math.max(0, steps(i, logits.entropy()[i], Layout.ENTROPY_STEPS));
            smallestLogSum = Math.min(smallestLogSum, values[Layout.LOG_SUM][i]);
        }
        for (int i = 0; i < positions; i++) {
            values[Layout.LOG_SUM][i] -= smallestLogSum;
        }
    }

    // The nearest step, as Math.round has it; values that a sum with a half rounds in float64 are far too large anyway.
    private static int steps(int position, float value, float stepsPerUnit) {
        double steps = Math.floor((double) value * stepsPerUnit + 0.5);
        if (!(Math.abs(steps) <= 1 << 29)) {
            throw new CorruptPayloadException(
                    position, "a statistic of " + value + " is too large for the codec " + CompactCodec.NAME);
        }
        return (int) steps;
    }

    int smallestLogSum() {
        return smallestLogSum;
    }

    /** Room for the place of each position's label in its support, counted from 1, or 0. */
    int[] labels() {
        return values[Layout.LABEL];
    }

    void writeTables(int positions, CodeLengths lengths, BitWriter out) {
        for (int column = 0; column < Layout.COLUMNS; column++) {
            EncodeTable table = tables[column];
            boolean byEntropy = Layout.columnContexts(column) > 1;
            table.clear();
            for (int i = 0; i < positions; i++) {
                int context = byEntropy ? Layout.entropyContext(values[Layout.ENTROPY][i]) : 0;
                int number = table.number(context, Classes.FINER.of(values[column][i]));
                symbols[column][i] = (char) number;
                table.counts[number]++;
            }
            table.write(lengths, out);
        }
    }

    void write(int positions, LaneWriter out) {
        for (int column = 0; column < Layout.COLUMNS; column++) {
            out.writeNumbers(symbols[column], values[column], tables[column].codes, classes, positions);
        }
    }
}
