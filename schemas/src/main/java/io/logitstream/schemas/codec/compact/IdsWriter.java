package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.EncodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import java.util.Arrays;

/** Writes the ids that are not predicted. */
final class IdsWriter {
    private final IdCounts counts = new IdCounts();
    private final EncodeTable table = new EncodeTable(1, CompactLayout.MOST_IDS, CompactLayout.ID_BITS);
    /** Symbols as in {@link NumberClasses#table}. Words of the dictionary have no extra bits. */
    private final long[] classes = Arrays.copyOf(NumberClasses.FINER.table(), CompactLayout.MOST_IDS);

    private char[] symbols = new char[0];

    /** Writes the dictionary and the code table of the ids. */
    void writeTables(int[] ids, int total, int vocabularySize, CodeLengths lengths, BitWriter out) {
        if (symbols.length < total) {
            symbols = new char[total];
        }
        table.clear();
        counts.count(ids, total, vocabularySize, table.counts);
        counts.makeDictionary(total, table.counts);
        counts.symbols(ids, total, symbols);
        counts.clear();
        int words = counts.dictionarySize();
        int[] dictionary = counts.dictionary();
        int span = words == 0 ? 0 : dictionary[words - 1] / words;
        int gapBits = span == 0 ? 0 : 31 - Integer.numberOfLeadingZeros(span);
        out.writeGamma(words);
        out.write(gapBits, 5);
        int previous = -1;
        for (int word = 0; word < words; word++) {
            int gap = dictionary[word] - previous - 1;
            out.writeGamma(gap >>> gapBits);
            out.write(gap & (1 << gapBits) - 1, gapBits);
            previous = dictionary[word];
        }
        table.write(0, lengths, out);
    }

    void write(int[] ids, int total, LaneWriter out) {
        out.writeNumbers(symbols, ids, table.codes, classes, total);
    }
}
