package io.logitstream.student;

/**
 * Parts in which the output head works on logits of [positions, vocabulary]. A vocabulary of some thousand tokens is
 * one tile of 8 MiB in float32, which stays in the cache of a server CPU from one operation to the next. A larger one
 * has several tiles, and chunks of more positions: the output weight and its gradient come from memory for each chunk,
 * and with few positions the products would wait for them.
 *
 * @param rows positions of a chunk, of which all logits exist at a time
 * @param columns tokens of a tile; the last one may be narrower by less than the number of tiles
 */
record Tiling(long rows, long columns) {
  private static final int MOST_COLUMNS = 8192;
  private static final long ROWS_OF_SEVERAL_TILES = 512;
  private static final long VALUES_OF_ONE_TILE = 2L << 20;

  static Tiling of(int vocabularySize) {
    if (vocabularySize <= MOST_COLUMNS) {
      return new Tiling(VALUES_OF_ONE_TILE / vocabularySize, vocabularySize);
    }
    int tiles = (vocabularySize + MOST_COLUMNS - 1) / MOST_COLUMNS;
    return new Tiling(ROWS_OF_SEVERAL_TILES, (vocabularySize + tiles - 1) / tiles);
  }
}
