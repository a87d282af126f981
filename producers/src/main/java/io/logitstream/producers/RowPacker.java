package io.logitstream.producers;

/**
 * Packs the stream of a shard's tokens into rows of T + 1 tokens, of which neighbours share one, so that each
 * token but the shard's first is predicted exactly once and nothing is padded. A batch has the given rows;
 * the last full rows of a shard make a smaller batch, and what then remains makes one row that is shorter.
 * The shape of a batch follows from the number of its tokens alone.
 */
final class RowPacker {
  /** Rows of tokens, row after row. */
  record Rows(int rows, int length, int[] tokens) {
    int predictedTokens() {
      return rows * (length - 1);
    }
  }

  /** Takes each batch as soon as it is full. */
  interface Sink {
    void accept(Rows rows);
  }

  private final int contextLength;
  private final Sink sink;
  private final int[] buffer;
  private int filled;

  /**
   * @param contextLength T, predicted tokens of a full row
   * @param rows rows of a full batch
   */
  RowPacker(int contextLength, int rows, Sink sink) {
    this.contextLength = contextLength;
    this.sink = sink;
    buffer = new int[Math.addExact(Math.multiplyExact(rows, contextLength), 1)];
  }

  /** Adds tokens to the shard. */
  void add(int... tokens) {
    for (int from = 0; from < tokens.length; ) {
      int count = Math.min(tokens.length - from, buffer.length - filled);
      System.arraycopy(tokens, from, buffer, filled, count);
      from += count;
      filled += count;
      if (filled == buffer.length) {
        emit((buffer.length - 1) / contextLength, contextLength);
      }
    }
  }

  /** Ends the shard; the packer is then ready for the next. */
  void endShard() {
    int fullRows = Math.max(0, filled - 1) / contextLength;
    if (fullRows > 0) {
      emit(fullRows, contextLength);
    }
    if (filled > 1) {
      emit(1, filled - 1);
    }
    filled = 0;
  }

  /**
   * Hands out rows from the buffer's beginning and keeps what follows, with the last token that was
   * predicted.
   */
  private void emit(int rows, int predictedPerRow) {
    int length = predictedPerRow + 1;
    int[] tokens = new int[rows * length];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(buffer, row * predictedPerRow, tokens, row * length, length);
    }
    int used = rows * predictedPerRow;
    System.arraycopy(buffer, used, buffer, 0, filled - used);
    filled -= used;
    sink.accept(new Rows(rows, length, tokens));
  }
}
