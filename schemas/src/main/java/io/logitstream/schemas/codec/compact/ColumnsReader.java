package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.Classes;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.Layout;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Reads the columns of numbers, one of each for every position. */
final class ColumnsReader {
    private final DecodeTable[] tables = new DecodeTable[Layout.COLUMNS];
    private int[] numbers = new int[0];
    private int[] labels = new int[0];
    private byte[] contexts = new byte[0];

    ColumnsReader() {
        for (int column = 0; column < Layout.COLUMNS; column++) {
            tables[column] = new DecodeTable(Layout.columnContexts(column), Classes.FINER.count(), Layout.COLUMN_BITS);
        }
    }

    void readTables(BitReader in) {
        for (int column = 0; column < Layout.COLUMNS; column++) {
            for (int context = 0; context < Layout.columnContexts(column); context++) {
                tables[column].read(in, context);
            }
        }
    }

    /** Reads the columns into offsets and statistics. */
    void read(LaneReader in, int smallestLogSum, SparseLogits into) {
        int positions = into.positions();
        if (numbers.length < positions) {
            numbers = new int[positions];
            labels = new int[positions];
            contexts = new byte[positions];
        }
        read(in, Layout.ENTROPY, positions, numbers);
        for (int i = 0; i < positions; i++) {
            contexts[i] = (byte) Layout.entropyContext(numbers[i]);
            into.entropy()[i] = numbers[i] / Layout.ENTROPY_STEPS;
        }
        read(in, Layout.KEPT, positions, numbers);
        setOffsets(into);
        read(in, Layout.LABEL, positions, labels);
        read(in, Layout.TAIL, positions, numbers);
        for (int i = 0; i < positions; i++) {
            into.tailMass()[i] = Math.min(1, numbers[i] / Layout.TAIL_STEPS);
        }
        read(in, Layout.LOG_SUM, positions, numbers);
        for (int i = 0; i < positions; i++) {
            into.logSumExp()[i] = (float) (((long) smallestLogSum + numbers[i]) / (double) Layout.LOG_SUM_STEPS);
        }
        read(in, Layout.DEVIATION, positions, numbers);
        for (int i = 0; i < positions; i++) {
            into.standardDeviation()[i] = numbers[i] / Layout.DEVIATION_STEPS;
        }
    }

    /** Of each position the place in its support of the token that follows in the text, counted from 1; 0 if it is absent. */
    int[] labels() {
        return labels;
    }

    private void read(LaneReader in, int column, int positions, int[] into) {
        if (Layout.columnContexts(column) == 1) {
            in.readNumbers(tables[column], Classes.FINER.table(), positions, into);
            return;
        }
        for (int i = 0; i < positions; i++) {
            into[i] = in.readOne(tables[column], contexts[i], Classes.FINER.table(), i);
        }
    }

    private void setOffsets(SparseLogits into) {
        int end = 0;
        int total = into.total();
        int[] offsets = into.offsets();
        for (int i = 0; i < into.positions(); i++) {
            int more = numbers[i];
            if (more < 0 || more >= total - end) {
                throw new CorruptPayloadException(i, more + 1L + " kept entries, where " + (total - end) + " remain");
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
