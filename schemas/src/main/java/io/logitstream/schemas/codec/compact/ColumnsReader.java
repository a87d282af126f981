package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Reads the columns of numbers, each with one number per position. */
final class ColumnsReader {
    private final DecodeTable[] tables = new DecodeTable[CompactLayout.COLUMNS];
    private int[] numbers = new int[0];
    private int[] labels = new int[0];
    private byte[] contexts = new byte[0];

    ColumnsReader() {
        for (int column = 0; column < CompactLayout.COLUMNS; column++) {
            tables[column] = new DecodeTable(
                    CompactLayout.columnContexts(column), NumberClasses.FINER.count(), CompactLayout.COLUMN_BITS);
        }
    }

    void readTables(BitReader in) {
        for (int column = 0; column < CompactLayout.COLUMNS; column++) {
            for (int context = 0; context < CompactLayout.columnContexts(column); context++) {
                tables[column].read(in, context);
            }
        }
    }

    /** Reads the columns into the offsets and statistics of the logits. */
    void read(LaneReader in, int smallestLogSum, SparseLogits into) {
        int positions = into.positions();
        if (numbers.length < positions) {
            numbers = new int[positions];
            labels = new int[positions];
            contexts = new byte[positions];
        }
        read(in, CompactLayout.ENTROPY, positions, numbers);
        for (int i = 0; i < positions; i++) {
            contexts[i] = (byte) CompactLayout.entropyContext(numbers[i]);
            into.entropy()[i] = numbers[i] / CompactLayout.ENTROPY_STEPS;
        }
        read(in, CompactLayout.KEPT, positions, numbers);
        setOffsets(numbers, into);
        read(in, CompactLayout.LABEL, positions, labels);
        read(in, CompactLayout.TAIL, positions, numbers);
        for (int i = 0; i < positions; i++) {
            into.tailMass()[i] = Math.min(1, numbers[i] / CompactLayout.TAIL_STEPS);
        }
        read(in, CompactLayout.LOG_SUM, positions, numbers);
        for (int i = 0; i < positions; i++) {
            into.logSumExp()[i] = (float) (((long) smallestLogSum + numbers[i]) / (double) CompactLayout.LOG_SUM_STEPS);
        }
        read(in, CompactLayout.DEVIATION, positions, numbers);
        for (int i = 0; i < positions; i++) {
            into.standardDeviation()[i] = numbers[i] / CompactLayout.DEVIATION_STEPS;
        }
    }

    /**
     * For each position, the rank of the label (the token that follows in the text) in its support, from 1; 0 if
     * absent.
     */
    int[] labels() {
        return labels;
    }

    private void read(LaneReader in, int column, int positions, int[] into) {
        if (CompactLayout.columnContexts(column) == 1) {
            in.readNumbers(tables[column], NumberClasses.FINER.table(), positions, into);
            return;
        }
        for (int i = 0; i < positions; i++) {
            into[i] = in.readOne(tables[column], contexts[i], NumberClasses.FINER.table(), i);
        }
    }

    /** Sets the offsets from the numbers of kept entries - 1. */
    static void setOffsets(int[] numbers, SparseLogits into) {
        int end = 0;
        int total = into.total();
        int[] offsets = into.offsets();
        for (int i = 0; i < into.positions(); i++) {
            int more = numbers[i];
            if (more < 0 || more >= total - end) {
                throw new CorruptPayloadException(
                        i, more + 1L + " kept entries, but only " + (total - end) + " remain");
            }
            end += more + 1;
            offsets[i + 1] = end;
        }
        if (end != total) {
            throw new CorruptPayloadException(
                    CorruptPayloadException.WHOLE_PAYLOAD,
                    "the counts add up to " + end + " kept entries, but it holds " + total);
        }
    }
}
