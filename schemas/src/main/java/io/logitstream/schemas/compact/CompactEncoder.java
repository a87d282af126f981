package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import io.logitstream.schemas.PayloadShape;
import io.logitstream.schemas.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes payloads, with buffers that are used again. Not thread-safe. */
final class CompactEncoder {
  private static final int COLUMNS = 5;

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
  private int[] levelValues = new int[0];
  private byte[] levelContexts = new byte[0];
  private int levelCount;
  private byte[] kindSymbols = new byte[0];
  private byte[] kindContexts = new byte[0];
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
    }
    if (levelValues.length < total) {
      levelValues = new int[total];
      levelContexts = new byte[total];
      kindSymbols = new byte[total];
      kindContexts = new byte[total];
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
        columns.count(column, Classes.FINER.of(columnValues[column][i]));
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
      int previous = Levels.MOST;
      for (int e = offsets[i], rank = 0; e < offsets[i + 1]; e++, rank++) {
        int level = Levels.of(logProbs[e]);
        int context = Layout.levelContext(rank);
        levelValues[e] = previous - level;
        levelContexts[e] = (byte) context;
        levels.count(context, Classes.FINE.of(previous - level));
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
          levelValues[levelCount] = count - 1;
          levelContexts[levelCount++] = (byte) context;
          levels.count(context, Classes.FINE.of(count - 1));
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
    idCounts.clear(logits.total());
    otherCount = 0;
    int position = 0;
    for (int row = 0; row < shape.rows(); row++) {
      for (int t = 1; t < shape.length(); t++, position++) {
        int label = shape.tokens()[row * shape.length() + t];
        boolean known = earlier[position] >= 0;
        if (known) {
          earlierSupport.set(supportIds, offsets[earlier[position]], offsets[earlier[position] + 1]);
        }
        int firstContext = known ? Layout.KIND_CONTEXTS_WITH_EARLIER : 0;
        for (int e = offsets[position], rank = 0; e < offsets[position + 1]; e++, rank++) {
          int id = supportIds[e];
          int place = known ? earlierSupport.place(id) : -1;
          int kind = id == label ? Layout.KIND_LABEL : place >= 0 ? Layout.KIND_EARLIER + place : Layout.KIND_OTHER;
          int context = firstContext + Layout.kindContext(rank);
          kindSymbols[e] = (byte) kind;
          kindContexts[e] = (byte) context;
          kinds.count(context, kind);
          if (kind == Layout.KIND_OTHER) {
            others[otherCount++] = idCounts.add(id);
          }
        }
      }
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
      for (int i = 0; i < logits.positions(); i++) {
        writeExtra(Classes.FINER, columnValues[column][i]);
      }
    }
    for (int i = 0; i < levelCount; i++) {
      writeExtra(Classes.FINE, levelValues[i]);
    }
    int other = 0;
    for (int e = 0; e < logits.total(); e++) {
      if (kindSymbols[e] == Layout.KIND_OTHER && idCounts.symbol(others[other++]) < Classes.FINER.count()) {
        writeExtra(Classes.FINER, logits.ids()[e]);
      }
    }
  }

  private void writeExtra(Classes classes, int value) {
    int symbol = classes.of(value);
    bits.write(value - classes.base(symbol), classes.extraBits(symbol));
  }

  // In reverse, since what is encoded last is decoded first.
  private void encodeSymbols(SparseLogits logits) {
    rans.start(COLUMNS * logits.positions() + 3 * logits.total());
    for (int i = otherCount - 1; i >= 0; i--) {
      ids.encode(i, 0, idCounts.symbol(others[i]), rans);
    }
    for (int e = logits.total() - 1; e >= 0; e--) {
      kinds.encode(e, kindContexts[e], kindSymbols[e], rans);
    }
    for (int i = levelCount - 1; i >= 0; i--) {
      levels.encode(i, levelContexts[i], Classes.FINE.of(levelValues[i]), rans);
    }
    for (int column = COLUMNS - 1; column >= (logits.draws() > 0 ? 1 : 0); column--) {
      for (int i = logits.positions() - 1; i >= 0; i--) {
        columns.encode(i, column, Classes.FINER.of(columnValues[column][i]), rans);
      }
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
