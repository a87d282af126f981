package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.EncodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Writes the columns that {@link ColumnsReader} reads. */
final class ColumnsWriter {
    private static final int CLASSES = NumberClasses.FINER.count();

    private final EncodeTable[] tables = new EncodeTable[CompactLayout.COLUMNS];
    private final int[][] values = new int[CompactLayout.COLUMNS][0];
    /** For each column, the index of each position's symbol in the table. */
    private final char[][] symbols = new char[CompactLayout.COLUMNS][0];

    private final long[] classes = new long[CompactLayout.columnContexts(CompactLayout.KEPT) * CLASSES];
    private int smallestLogSum;

    ColumnsWriter() {
        for (int column = 0; column < CompactLayout.COLUMNS; column++) {
            tables[column] = new EncodeTable(CompactLayout.columnContexts(column), CLASSES, CompactLayout.COLUMN_BITS);
        }
        for (int from = 0; from < classes.length; from += CLASSES) {
            System.arraycopy(NumberClasses.FINER.table(), 0, classes, from, CLASSES);
        }
    }

    /** Collects the statistics and the numbers of kept entries. */
    void set(SparseLogits logits) {
        int positions = logits.positions();
        if (symbols[0].length < positions) {
            for (int column = 0; column < CompactLayout.COLUMNS; column++) {
                symbols[column] = new char[positions];
                values[column] = new int[positions];
            }
        }
        smallestLogSum = Integer.MAX_VALUE;
        for (int i = 0; i < positions; i++) {
            values[CompactLayout.KEPT][i] = logits.offsets()[i + 1] - logits.offsets()[i] - 1;
            values[CompactLayout.TAIL][i] = steps(i, logits.tailMass()[i], CompactLayout.TAIL_STEPS);
            values[CompactLayout.LOG_SUM][i] = steps(i, logits.logSumExp()[i], CompactLayout.LOG_SUM_STEPS);
            values[CompactLayout.DEVIATION][i] = steps(i, logits.standardDeviation()[i], CompactLayout.DEVIATION_STEPS);
            values[CompactLayout.ENTROPY][i] = Math.max(0, steps(i, logits.entropy()[i], CompactLayout.ENTROPY_STEPS));
            smallestLogSum = Math.min(smallestLogSum, values[CompactLayout.LOG_SUM][i]);
        }
        for (int i = 0; i < positions; i++) {
            values[CompactLayout.LOG_SUM][i] -= smallestLogSum;
        }
    }

    // Rounds as Math.round does. Values for which adding one half rounds in float64 are far above the limit.
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

    /** Array for the rank of each position's label in its support, from 1, or 0. */
    int[] labels() {
        return values[CompactLayout.LABEL];
    }

    void writeTables(int positions, CodeLengths lengths, BitWriter out) {
        for (int column = 0; column < CompactLayout.COLUMNS; column++) {
            EncodeTable table = tables[column];
            boolean byEntropy = CompactLayout.columnContexts(column) > 1;
            table.clear();
            for (int i = 0; i < positions; i++) {
                int context = byEntropy ? CompactLayout.entropyContext(values[CompactLayout.ENTROPY][i]) : 0;
                int number = table.number(context, NumberClasses.FINER.of(values[column][i]));
                symbols[column][i] = (char) number;
                table.counts[number]++;
            }
            table.write(lengths, out);
        }
    }

    void write(int positions, LaneWriter out) {
        for (int column = 0; column < CompactLayout.COLUMNS; column++) {
            out.writeNumbers(symbols[column], values[column], tables[column].codes, classes, positions);
        }
    }
}
