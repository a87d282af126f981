package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import io.logitstream.schemas.LogitsBatches;
import io.logitstream.schemas.PayloadShape;
import io.logitstream.schemas.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes payloads, with buffers that are used again. Not thread-safe. */
final class CompactEncoder {
  private static final int COLUMNS = 5;
  /** Draws of a sample and differences of levels are below this. */
  private static final int MOST_VALUES = Math.max(LogitsBatches.MOST_DRAWS, Levels.MOST) + 1;
  private static final byte[] LEVEL_CLASSES = new byte[MOST_VALUES];
  private static final byte[] LEVEL_EXTRA_BITS = new byte[MOST_VALUES];

  static {
    for (int value = 0; value < MOST_VALUES; value++) {
      LEVEL_CLASSES[value] = (byte) Classes.FINE.of(value);
      LEVEL_EXTRA_BITS[value] = (byte) Classes.FINE.extraBits(LEVEL_CLASSES[value]);
    }
  }

  private final BitWriter bits = new BitWriter();
  private final RansEncoder rans = new RansEncoder();
  private final SupportCache cache = new SupportCache();
  private final EarlierSupport earlierSupport = new EarlierSupport();
  private final IdCounts idCounts = new IdCounts();
  private final EncodeTable columns = new EncodeTable(COLUMNS, Classes.FINER.count(), Layout.BITS);
  private final EncodeTable levels = new EncodeTable(Layout.LEVEL_CONTEXTS, Classes.FINE.count(), Layout.BITS);
  private final EncodeTable kinds = new EncodeTable(Layout.KIND_CONTEXTS, Layout.KINDS, Layout.BITS);
  private final EncodeTable ids = new EncodeTable(1, Layout.MOST_IDS, Layout.ID_BITS);
  private int[][] columnValues = new int[COLUMNS][0];
  private int[] columnNumbers = new int[0];
  private int[] levelValues = new int[0];
  private int[] levelNumbers = new int[0];
  private byte[] levelRanks = new byte[0];
  private int levelCount;
  private int[] kindNumbers = new int[0];
  private byte[] kindRanks = new byte[0];
  private int[] otherIds = new int[0];
  /** Numbers of ids, and later their symbols. */
  private int[] others = new int[0];
  private int otherCount;
  private int smallestLogSum;

  ByteBuffer encode(SparseLogits logits, PayloadShape shape) {
    if (logits.positions() == 0) {
      return ByteBuffer.allocate(0);
    }
    reserve(logits.positions(), logits.total());
    bits.clear();
    setColumns(logits);
    if (logits.draws() > 0) {
      setCounts(logits);
    } else {
      setLevels(logits);
    }
    setKinds(logits, shape);
    writeTables(logits.draws() > 0);
    writeExtraBits(logits);
    bits.finish();
    encodeSymbols(logits);
    return payload(logits);
  }

  private void reserve(int positions, int total) {
    if (columnValues[0].length < positions) {
      columnValues = new int[COLUMNS][positions];
      columnNumbers = new int[positions];
    }
    if (levelValues.length < total) {
      levelValues = new int[total];
      levelNumbers = new int[total];
      kindNumbers = new int[total];
      otherIds = new int[total + 1];
      others = new int[total];
    }
  }

  private void setColumns(SparseLogits logits) {
    int positions = logits.positions();
    smallestLogSum = Integer.MAX_VALUE;
    for (int i = 0; i < positions; i++) {
      columnValues[0][i] = logits.offsets()[i + 1] - logits.offsets()[i] - 1;
      columnValues[1][i] = steps(i, logits.tailMass()[i], Layout.TAIL_STEPS);
      columnValues[2][i] = steps(i, logits.logSumExp()[i], Layout.LOG_SUM_STEPS);
      columnValues[3][i] = steps(i, logits.standardDeviation()[i], Layout.DEVIATION_STEPS);
      columnValues[4][i] = Math.max(0, steps(i, logits.entropy()[i], Layout.ENTROPY_STEPS));
      smallestLogSum = Math.min(smallestLogSum, columnValues[2][i]);
    }
    columns.clear();
    for (int i = 0; i < positions; i++) {
      columnValues[2][i] -= smallestLogSum;
      for (int column = 0; column < COLUMNS; column++) {
        columns.count(columns.number(column, Classes.FINER.of(columnValues[column][i])));
      }
    }
  }

  private static int steps(int position, float value, float stepsPerUnit) {
    long steps = Math.round((double) value * stepsPerUnit);
    if (Math.abs(steps) > 1 << 29) {
      throw new CorruptPayloadException(position, "a statistic of " + value + " is too large for the codec "
          + CompactCodec.NAME);
    }
    return (int) steps;
  }

  private void setLevels(SparseLogits logits) {
    levels.clear();
    levelCount = logits.total();
    int[] offsets = logits.offsets();
    float[] logProbs = logits.logProbs();
    for (int i = 0; i < logits.positions(); i++) {
      levelRanks = Layout.levelContexts(levelRanks, offsets[i + 1] - offsets[i]);
      byte[] ranks = levelRanks;
      int previous = Levels.MOST;
      for (int e = offsets[i], rank = 0; e < offsets[i + 1]; e++, rank++) {
        int level = Levels.of(logProbs[e]);
        int number = levels.number(ranks[rank], LEVEL_CLASSES[previous - level]);
        levelValues[e] = previous - level;
        levelNumbers[e] = number;
        levels.count(number);
        previous = level;
      }
    }
  }

  private void setCounts(SparseLogits logits) {
    levels.clear();
    levelCount = 0;
    int[] offsets = logits.offsets();
    for (int i = 0; i < logits.positions(); i++) {
      int previous = logits.draws();
      int left = logits.draws();
      for (int e = offsets[i]; e < offsets[i + 1]; e++) {
        int limit = Math.min(previous, left);
        int count = logits.counts()[e];
        if (count > limit) {
          throw new CorruptPayloadException(i, "count " + count + " after " + previous + ": counts must fall");
        }
        if (limit > 1) {
          int context = Math.min(limit, Layout.COUNT_CONTEXTS - 1);
          int number = levels.number(context, Classes.FINE.of(count - 1));
          levelValues[levelCount] = count - 1;
          levelNumbers[levelCount++] = number;
          levels.count(number);
        }
        left -= count;
        previous = count;
      }
    }
  }

  private void setKinds(SparseLogits logits, PayloadShape shape) {
    int[] earlier = cache.earlier(shape);
    int[] offsets = logits.offsets();
    int[] supportIds = logits.ids();
    kinds.clear();
    idCounts.clear();
    otherCount = 0;
    int position = 0;
    for (int row = 0; row < shape.rows(); row++) {
      for (int t = 1; t < shape.length(); t++, position++) {
        int label = shape.tokens()[row * shape.length() + t];
        int known = earlier[position];
        earlierSupport.set(supportIds, known < 0 ? 0 : offsets[known], known < 0 ? 0 : offsets[known + 1]);
        int size = offsets[position + 1] - offsets[position];
        kindRanks = Layout.kindContexts(kindRanks, size, 0);
        int firstNumber = known < 0 ? 0 : kinds.number(Layout.KIND_CONTEXTS_WITH_EARLIER, 0);
        for (int rank = 0, e = offsets[position]; rank < size; rank++, e++) {
          int id = supportIds[e];
          int kind = id == label ? Layout.KIND_LABEL : earlierSupport.kind(id);
          int number = firstNumber + kinds.number(kindRanks[rank], kind);
          kindNumbers[e] = number;
          kinds.count(number);
          // Whether it is another kind cannot be predicted: it is written in any case, and counted if it is.
          otherIds[otherCount] = id;
          otherCount += (kind ^ Layout.KIND_OTHER) - 1 >>> 31;
        }
      }
    }
    for (int i = 0; i < otherCount; i++) {
      others[i] = idCounts.add(otherIds[i]);
    }
  }

  private void writeTables(boolean sampled) {
    for (int column = sampled ? 1 : 0; column < COLUMNS; column++) {
      columns.write(column, Classes.FINER.count(), bits);
    }
    levels.write(bits);
    kinds.write(bits);
    idCounts.makeDictionary();
    int words = idCounts.dictionarySize();
    int[] dictionary = idCounts.dictionary();
    int span = words == 0 ? 0 : dictionary[words - 1] / words;
    int gapBits = span == 0 ? 0 : 31 - Integer.numberOfLeadingZeros(span);
    bits.writeGamma(words);
    bits.write(gapBits, 5);
    int previous = -1;
    for (int word = 0; word < words; word++) {
      int gap = dictionary[word] - previous - 1;
      bits.writeGamma(gap >>> gapBits);
      bits.write(gap & (1 << gapBits) - 1, gapBits);
      previous = dictionary[word];
    }
    ids.clear();
    idCounts.countSymbols(ids);
    ids.write(0, Classes.FINER.count() + words, bits);
  }

  private void writeExtraBits(SparseLogits logits) {
    for (int column = logits.draws() > 0 ? 1 : 0; column < COLUMNS; column++) {
      writeExtra(Classes.FINER, columnValues[column], logits.positions());
    }
    for (int i = 0; i < levelCount; i++) {
      int extraBits = LEVEL_EXTRA_BITS[levelValues[i]];
      bits.write(levelValues[i] & (1 << extraBits) - 1, extraBits);
    }
    for (int i = 0; i < otherCount; i++) {
      int symbol = idCounts.symbol(others[i]);
      others[i] = symbol;
      int extraBits = symbol < Classes.FINER.count() ? Classes.FINER.extraBits(symbol) : 0;
      bits.write(otherIds[i] & (1 << extraBits) - 1, extraBits);
    }
  }

  private void writeExtra(Classes classes, int[] values, int count) {
    for (int i = 0; i < count; i++) {
      int symbol = classes.of(values[i]);
      int extraBits = classes.extraBits(symbol);
      bits.write(values[i] & (1 << extraBits) - 1, extraBits);
    }
  }

  // In reverse, since what is encoded last is decoded first.
  private void encodeSymbols(SparseLogits logits) {
    rans.start(COLUMNS * logits.positions() + 3 * logits.total());
    ids.encode(others, otherCount, rans);
    kinds.encode(kindNumbers, logits.total(), rans);
    levels.encode(levelNumbers, levelCount, rans);
    for (int column = COLUMNS - 1; column >= (logits.draws() > 0 ? 1 : 0); column--) {
      for (int i = 0; i < logits.positions(); i++) {
        columnNumbers[i] = columns.number(column, Classes.FINER.of(columnValues[column][i]));
      }
      columns.encode(columnNumbers, logits.positions(), rans);
    }
  }

  private ByteBuffer payload(SparseLogits logits) {
    long size = (long) Layout.HEADER_BYTES + bits.size() + rans.bytes();
    // A support that costs less than half a bit an entry is padded, so that a reader can tell a payload that asks for too
    // much memory.
    long least = (logits.total() - (long) logits.positions() + Layout.MOST_ENTRIES_PER_BYTE - 1)
        / Layout.MOST_ENTRIES_PER_BYTE;
    int padding = (int) Math.max(0, least - size);
    ByteBuffer payload = ByteBuffer.allocate(Math.toIntExact(size + padding)).order(ByteOrder.LITTLE_ENDIAN);
    payload.putInt(logits.total()).putInt(bits.size() + padding).putInt(smallestLogSum);
    payload.put(bits.bytes(), 0, bits.size()).position(payload.position() + padding);
    rans.writeTo(payload);
    return payload.flip();
  }
}
