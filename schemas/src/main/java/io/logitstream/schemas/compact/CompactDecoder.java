package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import io.logitstream.schemas.DuplicateCheck;
import io.logitstream.schemas.PayloadShape;
import io.logitstream.schemas.SampleCounts;
import io.logitstream.schemas.SparseLogits;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Reads payloads, with buffers that are used again. Not thread-safe. */
final class CompactDecoder {
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int COLUMNS = 5;

  private final BitReader bits = new BitReader();
  private final RansDecoder rans = new RansDecoder();
  private final SupportCache cache = new SupportCache();
  private final DuplicateCheck duplicates = new DuplicateCheck();
  private final DecodeTable columns = new DecodeTable(COLUMNS, Classes.FINER.count());
  private final DecodeTable levels = new DecodeTable(Layout.LEVEL_CONTEXTS, Classes.FINE.count());
  private final DecodeTable kinds = new DecodeTable(Layout.KIND_CONTEXTS, Layout.KINDS);
  private final int[] idWeights = new int[Layout.MOST_IDS];
  private final int[] idFrequencies = new int[Layout.MOST_IDS];
  private final int[] idRanges = new int[Layout.MOST_IDS];
  private final short[] idOfSlot = new short[1 << Layout.ID_BITS];
  private final int[] dictionary = new int[Layout.MOST_DICTIONARY];
  private byte[] levelRanks = new byte[0];
  private byte[] kindRanks = new byte[0];
  private byte[] kindRanksWithEarlier = new byte[0];
  private byte[] bytes = new byte[0];
  private byte[] contexts = new byte[0];
  private byte[] symbols = new byte[0];
  private short[] idSymbols = new short[0];

  void decode(ByteBuffer payload, PayloadShape shape, SparseLogits into) {
    int positions = shape.positions();
    if (positions == 0) {
      requireEmpty(payload);
      into.resize(0, 0, shape.draws());
      return;
    }
    int size = payload.remaining();
    if (size < Layout.HEADER_BYTES + Layout.STATES_BYTES) {
      throw corrupt(size + " bytes are too few");
    }
    if (bytes.length < size + RansDecoder.PADDING) {
      bytes = new byte[size + size / 4 + RansDecoder.PADDING];
    }
    payload.get(payload.position(), bytes, 0, size);
    int total = (int) INT.get(bytes, 0);
    int bitBytes = (int) INT.get(bytes, 4);
    if (total < positions || total > positions + (long) Layout.MOST_ENTRIES_PER_BYTE * size) {
      throw corrupt(total + " kept entries in " + positions + " positions and " + size + " bytes");
    }
    if (bitBytes < 0 || bitBytes > size - Layout.HEADER_BYTES - Layout.STATES_BYTES) {
      throw corrupt(bitBytes + " bytes of bits in a payload of " + size);
    }
    reserve(Math.max(total, positions));
    into.resize(positions, total, shape.draws());
    bits.open(bytes, Layout.HEADER_BYTES, Layout.HEADER_BYTES + bitBytes);
    int idSymbolCount = readTables(shape.draws() > 0);
    rans.open(bytes, Layout.HEADER_BYTES + bitBytes, size);
    readColumns((int) INT.get(bytes, 8), into);
    if (shape.draws() > 0) {
      readCounts(into);
    } else {
      readLevels(into);
    }
    readIds(shape, idSymbolCount, into);
    bits.requireWithin();
    rans.requireEnd();
  }

  private static void requireEmpty(ByteBuffer payload) {
    if (payload.hasRemaining()) {
      throw corrupt(payload.remaining() + " bytes for no positions");
    }
  }

  private void reserve(int count) {
    if (symbols.length < count) {
      symbols = new byte[count];
      contexts = new byte[count];
      idSymbols = new short[count];
    }
  }

  private int readTables(boolean sampled) {
    for (int column = sampled ? 1 : 0; column < COLUMNS; column++) {
      columns.read(bits, column);
    }
    for (int context = 0; context < Layout.LEVEL_CONTEXTS; context++) {
      levels.read(bits, context);
    }
    for (int context = 0; context < Layout.KIND_CONTEXTS; context++) {
      kinds.read(bits, context);
    }
    int words = bits.readGamma();
    if (words > Layout.MOST_DICTIONARY) {
      throw corrupt("a dictionary of " + words + " ids");
    }
    int gapBits = bits.read(5);
    long id = -1;
    for (int i = 0; i < words; i++) {
      id += 1 + ((long) bits.readGamma() << gapBits) + Integer.toUnsignedLong(bits.read(gapBits));
      if (id > Integer.MAX_VALUE) {
        throw corrupt("an id above 2^31 in its dictionary");
      }
      dictionary[i] = (int) id;
    }
    int symbolCount = Classes.FINER.count() + words;
    DecodeTable.readIds(bits, symbolCount, idWeights, idFrequencies, idOfSlot, idRanges);
    return symbolCount;
  }

  private void readColumns(int smallestLogSum, SparseLogits into) {
    int positions = into.positions();
    if (into.draws() == 0) {
      readColumn(0, positions);
      readOffsets(into);
    }
    readColumn(1, positions);
    for (int i = 0; i < positions; i++) {
      into.tailMass()[i] = Math.min(1, readValue(i) / Layout.TAIL_STEPS);
    }
    readColumn(2, positions);
    for (int i = 0; i < positions; i++) {
      into.logSumExp()[i] = (float) (((long) smallestLogSum + readValue(i)) / (double) Layout.LOG_SUM_STEPS);
    }
    readColumn(3, positions);
    for (int i = 0; i < positions; i++) {
      into.standardDeviation()[i] = readValue(i) / Layout.DEVIATION_STEPS;
    }
    readColumn(4, positions);
    for (int i = 0; i < positions; i++) {
      into.entropy()[i] = readValue(i) / Layout.ENTROPY_STEPS;
    }
  }

  private void readColumn(int column, int positions) {
    Arrays.fill(contexts, 0, positions, (byte) column);
    rans.decode(columns.entries, contexts, positions, symbols);
  }

  private int readValue(int i) {
    int symbol = symbols[i] & 0xff;
    return Classes.FINER.base(symbol) + bits.read(Classes.FINER.extraBits(symbol));
  }

  private void readOffsets(SparseLogits into) {
    int end = 0;
    int total = into.total();
    int[] offsets = into.offsets();
    for (int i = 0; i < into.positions(); i++) {
      int more = readValue(i);
      if (more >= total - end) {
        throw new CorruptPayloadException(i, more + 1L + " kept entries, where " + (total - end) + " remain");
      }
      end += more + 1;
      offsets[i + 1] = end;
    }
    if (end != total) {
      throw corrupt("the counts add up to " + end + " kept entries, but it holds " + total);
    }
  }

  private void readLevels(SparseLogits into) {
    int[] offsets = into.offsets();
    for (int i = 0; i < into.positions(); i++) {
      int count = offsets[i + 1] - offsets[i];
      levelRanks = Layout.levelContexts(levelRanks, count);
      System.arraycopy(levelRanks, 0, contexts, offsets[i], count);
    }
    rans.decode(levels.entries, contexts, into.total(), symbols);
    float[] logProbs = into.logProbs();
    for (int i = 0; i < into.positions(); i++) {
      int level = Levels.MOST;
      for (int e = offsets[i]; e < offsets[i + 1]; e++) {
        int symbol = symbols[e] & 0xff;
        level -= Classes.FINE.base(symbol) + bits.read(Classes.FINE.extraBits(symbol));
        if (level < 0) {
          throw new CorruptPayloadException(i, "a log-probability below the smallest");
        }
        logProbs[e] = Levels.logProb(level);
      }
    }
  }

  // A sample needs no number of kept entries: its counts add up to the draws.
  private void readCounts(SparseLogits into) {
    int total = into.total();
    int[] counts = into.counts();
    int entry = 0;
    int index = 0;
    for (int i = 0; i < into.positions(); i++) {
      int previous = into.draws();
      int left = into.draws();
      while (left > 0) {
        if (entry == total) {
          throw new CorruptPayloadException(i, "more kept entries than the payload holds, " + total);
        }
        int limit = Math.min(previous, left);
        int count = 1;
        if (limit > 1) {
          int symbol = rans.decodeOne(levels.entries, Math.min(limit, Layout.COUNT_CONTEXTS - 1), index++);
          count = 1 + Classes.FINE.base(symbol) + bits.read(Classes.FINE.extraBits(symbol));
          if (count > limit) {
            throw new CorruptPayloadException(i, "count " + count + " where at most " + limit + " is possible");
          }
        }
        counts[entry++] = count;
        left -= count;
        previous = count;
      }
      into.offsets()[i + 1] = entry;
    }
    if (entry != total) {
      throw corrupt("its counts make " + entry + " kept entries, but it holds " + total);
    }
    SampleCounts.setLogProbs(into);
  }

  private void readIds(PayloadShape shape, int idSymbolCount, SparseLogits into) {
    int total = into.total();
    int[] offsets = into.offsets();
    int[] earlier = cache.earlier(shape);
    for (int i = 0; i < into.positions(); i++) {
      int count = offsets[i + 1] - offsets[i];
      kindRanks = Layout.kindContexts(kindRanks, count, 0);
      kindRanksWithEarlier = Layout.kindContexts(kindRanksWithEarlier, count, Layout.KIND_CONTEXTS_WITH_EARLIER);
      System.arraycopy(earlier[i] < 0 ? kindRanks : kindRanksWithEarlier, 0, contexts, offsets[i], count);
    }
    rans.decode(kinds.entries, contexts, total, symbols);
    int others = 0;
    for (int e = 0; e < total; e++) {
      others += symbols[e] == Layout.KIND_OTHER ? 1 : 0;
    }
    rans.decodeIds(idOfSlot, idRanges, others, idSymbols);
    fillIds(shape, earlier, into);
  }

  private void fillIds(PayloadShape shape, int[] earlier, SparseLogits into) {
    int[] ids = into.ids();
    int[] offsets = into.offsets();
    int[] tokens = shape.tokens();
    int classes = Classes.FINER.count();
    int other = 0;
    int position = 0;
    for (int row = 0; row < shape.rows(); row++) {
      for (int t = 1; t < shape.length(); t++, position++) {
        int from = offsets[position];
        int to = offsets[position + 1];
        int earlierFrom = earlier[position] < 0 ? 0 : offsets[earlier[position]];
        int earlierSize = earlier[position] < 0 ? 0 : offsets[earlier[position] + 1] - earlierFrom;
        int label = tokens[row * shape.length() + t];
        boolean outside = false;
        for (int e = from; e < to; e++) {
          int kind = symbols[e];
          int id;
          if (kind == Layout.KIND_OTHER) {
            int symbol = idSymbols[other++];
            id = symbol >= classes ? dictionary[symbol - classes]
                : Classes.FINER.base(symbol) + bits.read(Classes.FINER.extraBits(symbol));
          } else if (kind >= Layout.KIND_EARLIER) {
            int place = kind - Layout.KIND_EARLIER;
            outside |= place >= earlierSize;
            id = ids[earlierFrom + Math.min(place, earlierSize)];
          } else {
            id = label;
          }
          outside |= id < 0 | id >= shape.vocabularySize();
          ids[e] = id;
        }
        if (outside) {
          throw new CorruptPayloadException(position, "an id outside the vocabulary of " + shape.vocabularySize()
              + ", or of an earlier support that has it not");
        }
        if (duplicates.found(ids, from, to)) {
          throw new CorruptPayloadException(position, "a token id is in its support twice");
        }
      }
    }
  }

  private static CorruptPayloadException corrupt(String detail) {
    return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
  }
}
