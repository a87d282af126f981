package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;

/** Determines the code tables (contexts) of all entries of a batch. Not thread-safe. */
final class EntryContexts {
    /** Contexts by rank, for positions without and with an earlier support. */
    private byte[] withoutEarlier = new byte[0];

    private byte[] withEarlier = new byte[0];
    private final LevelTables levels;
    private boolean sampled;
    private byte[] contexts = new byte[0];

    EntryContexts(LevelTables levels) {
        this.levels = levels;
    }

    /**
     * The contexts of all entries, as in {@link CompactLayout#context}.
     *
     * @param logits logits whose offsets are set
     * @param earlier an earlier position for each position, or -1
     * @param labels rank of each position's label in its support, from 1, or 0
     * @throws CorruptPayloadException if a rank exceeds the size of the support
     */
    byte[] of(SparseLogits logits, int[] earlier, int[] labels) {
        if (sampled != logits.draws() > 0) {
            sampled = logits.draws() > 0;
            withoutEarlier = new byte[0];
            withEarlier = new byte[0];
        }
        if (contexts.length < logits.total()) {
            contexts = new byte[logits.total()];
        }
        int[] offsets = logits.offsets();
        for (int i = 0; i < logits.positions(); i++) {
            int from = offsets[i];
            int size = offsets[i + 1] - from;
            if (withEarlier.length < size) {
                withoutEarlier = CompactLayout.contexts(withoutEarlier, size, levels, false, sampled);
                withEarlier = CompactLayout.contexts(withEarlier, size, levels, true, sampled);
            }
            System.arraycopy(earlier[i] < 0 ? withoutEarlier : withEarlier, 0, contexts, from, size);
            if (levels == LevelTables.BY_RANK_AND_SIZE) {
                contexts[from] = CompactLayout.context(levels.first(size), CompactLayout.kindOf(contexts[from]));
            }
            int label = labels[i];
            if (label > 0) {
                if (label > size) {
                    throw new CorruptPayloadException(i, "its label has rank " + label + " among " + size + " ids");
                }
                contexts[from + label - 1] = CompactLayout.context(
                        CompactLayout.levelOf(contexts[from + label - 1]), CompactLayout.ALL_LABEL);
            }
        }
        return contexts;
    }
}
