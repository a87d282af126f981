package io.logitstream.producers.batches;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Packs the tokens of a shard into rows of T + 1 tokens. Neighbouring rows share one token, so that each token except
 * the shard's first is predicted exactly once, without padding. The rows of a shard are shuffled, so that a batch mixes
 * documents. The last full rows of a shard form a smaller batch, and the remaining tokens a batch of one shorter row.
 */
final class RowPacker {
    /** Rows of tokens, row by row. */
    record Rows(int rows, int length, int[] tokens) {
        int predictedTokens() {
            return rows * (length - 1);
        }
    }

    /** Receives the batches. */
    interface Sink {
        void accept(Rows rows);
    }

    private final int contextLength;
    private final int rowsOfBatch;
    private final long shuffleSeed;
    private final Sink sink;
    private int[] tokens = new int[1 << 16];
    private int filled;

    /**
     * @param contextLength predicted tokens of a full row, T
     * @param rows rows of a full batch
     * @param shuffleSeed seed of the order of the rows; 0 keeps the order of the text
     * @param sink receives the batches
     */
    RowPacker(int contextLength, int rows, long shuffleSeed, Sink sink) {
        this.contextLength = contextLength;
        this.rowsOfBatch = rows;
        this.shuffleSeed = shuffleSeed;
        this.sink = sink;
    }

    /** Adds tokens to the shard. */
    void add(int... more) {
        if (filled + more.length > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, filled + more.length));
        }
        System.arraycopy(more, 0, tokens, filled, more.length);
        filled += more.length;
    }

    /**
     * Ends the shard and passes its batches to the sink. The next shard can follow.
     *
     * @param shard number of the shard; the order of its rows depends on it
     */
    void endShard(int shard) {
        int[] order = order(Math.max(0, filled - 1) / contextLength, shard);
        for (int from = 0; from < order.length; from += rowsOfBatch) {
            emit(order, from, Math.min(order.length, from + rowsOfBatch));
        }
        int packed = order.length * contextLength;
        if (filled - packed > 1) {
            sink.accept(new Rows(1, filled - packed, Arrays.copyOfRange(tokens, packed, filled)));
        }
        filled = 0;
    }

    private int[] order(int rows, int shard) {
        int[] order = new int[rows];
        Arrays.setAll(order, i -> i);
        if (shuffleSeed != 0) {
            SplittableRandom random = new SplittableRandom(shuffleSeed + 0x9e3779b97f4a7c15L * shard);
            for (int i = rows - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                int row = order[i];
                order[i] = order[other];
                order[other] = row;
            }
        }
        return order;
    }

    private void emit(int[] order, int from, int to) {
        int length = contextLength + 1;
        int[] batch = new int[(to - from) * length];
        for (int i = from; i < to; i++) {
            System.arraycopy(tokens, order[i] * contextLength, batch, (i - from) * length, length);
        }
        sink.accept(new Rows(to - from, length, batch));
    }
}
