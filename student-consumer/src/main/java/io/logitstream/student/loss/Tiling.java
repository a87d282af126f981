package io.logitstream.student.loss;

import io.logitstream.model.libtorch.Execution;

/**
 * Parts in which the output head works on logits of [positions, vocabulary]. On a CPU, a vocabulary of a few thousand tokens is
 * one tile of 8 MiB in float32, which stays in the cache of a server CPU from one operation to the next. A larger one
 * has several tiles, and chunks of more positions: the output weight and its gradient come from memory for each chunk,
 * and with few positions the products would wait for them.
 *
 * <p>On a GPU the vocabulary is one tile, and a chunk has as many positions as fit into {@link #MOST_VALUES}: each part
 * costs the host a round of calls, and no cache holds a tile.
 *
 * @param rows positions of a chunk, of which all logits exist at a time
 * @param columns tokens of a tile; the last one may be narrower
 */
public record Tiling(long rows, long columns) {
    private static final int MOST_COLUMNS_OF_ONE_TILE = 8192;
    private static final long VALUES_OF_ONE_TILE = 2L << 20;

    private static final int MOST_COLUMNS = 4096;
    private static final long MOST_ROWS = 1024;

    /** 640 MiB of logits in a chunk. */
    private static final long MOST_VALUES = 160L << 20;

    private static final long ROWS_TOGETHER = 64;

    /** Rows of a tile begin at a cache line: products write those that do not at two thirds of the speed. */
    private static final long COLUMNS_TOGETHER = 64;

    /** Parts on a CPU. */
    public static Tiling of(int vocabularySize) {
        return of(vocabularySize, Execution.IMMEDIATE);
    }

    /** Parts by the way in which operations run. */
    public static Tiling of(int vocabularySize, Execution execution) {
        if (execution == Execution.QUEUED) {
            return new Tiling(fitting(vocabularySize), vocabularySize);
        }
        if (vocabularySize <= MOST_COLUMNS_OF_ONE_TILE) {
            return new Tiling(VALUES_OF_ONE_TILE / vocabularySize, vocabularySize);
        }
        long rows = Math.min(MOST_ROWS, fitting(vocabularySize));
        int tiles = (vocabularySize + MOST_COLUMNS - 1) / MOST_COLUMNS;
        long columns = ((long) vocabularySize + tiles - 1) / tiles;
        return new Tiling(rows, (columns + COLUMNS_TOGETHER - 1) / COLUMNS_TOGETHER * COLUMNS_TOGETHER);
    }

    private static long fitting(int vocabularySize) {
        return Math.max(ROWS_TOGETHER, MOST_VALUES / vocabularySize / ROWS_TOGETHER * ROWS_TOGETHER);
    }
}
