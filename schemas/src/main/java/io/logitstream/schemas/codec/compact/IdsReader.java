package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.DuplicateCheck;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.util.Arrays;

/** Reads the ids that are not predicted, and merges them with the predicted ids. */
final class IdsReader {
    private final DuplicateCheck duplicates = new DuplicateCheck();
    private final DecodeTable table = new DecodeTable(1, CompactLayout.MOST_IDS, CompactLayout.ID_BITS);
    /**
     * Smallest id and number of extra bits of each symbol, as in {@link NumberClasses#table}: classes, then dictionary.
     */
    private final long[] ids = Arrays.copyOf(NumberClasses.FINER.table(), CompactLayout.MOST_IDS);

    private final int[] idOfKind = new int[CompactLayout.KINDS];
    /** Ids of the kind {@link CompactLayout#KIND_OTHER}, with space for the excess ids of a damaged payload. */
    private int[] others = new int[0];

    private int otherCount;

    void readTables(BitReader in) {
        int words = in.readGamma();
        if (words > CompactLayout.MOST_DICTIONARY) {
            throw corrupt("a dictionary of " + words + " ids");
        }
        int gapBits = in.read(5);
        long id = -1;
        for (int i = 0; i < words; i++) {
            id += 1 + ((long) in.readGamma() << gapBits) + Integer.toUnsignedLong(in.read(gapBits));
            if (id > Integer.MAX_VALUE) {
                throw corrupt("an id above 2^31 in its dictionary");
            }
            ids[NumberClasses.FINER.count() + i] = id;
        }
        table.read(in, 0, NumberClasses.FINER.count() + words);
    }

    /** Reads the ids of the kind {@link CompactLayout#KIND_OTHER}, {@code count} of {@code total} entries. */
    void readOthers(LaneReader in, int count, int total) {
        if (others.length <= total) {
            others = new int[total + 1];
        }
        otherCount = count;
        in.readNumbers(table, ids, count, others);
    }

    /**
     * Sets the ids of all supports. For each position, a list holds the ids of all kinds except {@link
     * CompactLayout#KIND_OTHER}. The next kind is unpredictable, so the loop does not branch on it.
     *
     * @param kinds kinds of all entries
     */
    void fill(PayloadShape shape, int[] earlier, byte[] kinds, SparseLogits into) {
        final int[] supportIds = into.ids();
        final int[] offsets = into.offsets();
        final int[] listed = idOfKind;
        final int[] coded = others;
        final int largest = shape.vocabularySize() - 1;
        duplicates.reserve(shape.vocabularySize());
        final char[] slots = duplicates.slots();
        final int mask = slots.length - 1;
        int other = 0;
        int position = 0;
        for (int row = 0; row < shape.rows(); row++) {
            for (int t = 1; t < shape.length(); t++, position++) {
                int from = offsets[position];
                int to = offsets[position + 1];
                int known = earlier[position];
                int size = 0;
                if (known >= 0) {
                    size = Math.min(CompactLayout.MOST_EARLIER, offsets[known + 1] - offsets[known]);
                    System.arraycopy(supportIds, offsets[known], listed, CompactLayout.KIND_EARLIER, size);
                }
                listed[CompactLayout.KIND_LABEL] = shape.tokens()[row * shape.length() + t];
                int lastKind = CompactLayout.KIND_EARLIER + size - 1;
                int outside = 0;
                final char current = duplicates.next();
                int same = 0;
                for (int e = from; e < to; e++) {
                    int kind = kinds[e];
                    int prediction = listed[kind];
                    int isOther = (kind ^ CompactLayout.KIND_OTHER) - 1 >> 31;
                    int id = prediction ^ (prediction ^ coded[other]) & isOther;
                    other -= isOther;
                    outside |= id | largest - id | lastKind - kind;
                    supportIds[e] = id;
                    same |= (slots[id & mask] ^ current) - 1;
                    slots[id & mask] = current;
                }
                if (outside < 0) {
                    throw new CorruptPayloadException(
                            position,
                            "an id outside the vocabulary of " + shape.vocabularySize()
                                    + ", or a reference to an id that the earlier support does not have");
                }
                if (same < 0 && duplicates.foundForSure(supportIds, from, to)) {
                    throw new CorruptPayloadException(position, "a token id is in its support twice");
                }
            }
        }
        if (other != otherCount) {
            throw corrupt(other + " unpredicted ids, but its header counts " + otherCount);
        }
    }

    private static CorruptPayloadException corrupt(String detail) {
        return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
    }
}
