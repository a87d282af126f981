package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import io.logitstream.schemas.DuplicateCheck;
import io.logitstream.schemas.PayloadParts;
import io.logitstream.schemas.PayloadShape;
import io.logitstream.schemas.SampleCounts;
import io.logitstream.schemas.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Reads payloads, with buffers that are used again. Not thread-safe. */
final class CompactDecoder {
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
  /** Smallest id and extra bits of each symbol, as {@link Classes#table}: classes, then the dictionary. */
  private final long[] ids = Arrays.copyOf(Classes.FINER.table(), Layout.MOST_IDS);
  private final SparseLogits scratch = new SparseLogits();
  private double idBits;
  private double valueBits;
  private byte[] levelRanks = new byte[0];
  private byte[] kindRanks = new byte[0];
  private byte[] kindRanksWithEarlier = new byte[0];
  private byte[] bytes = new byte[0];
  private byte[] contexts = new byte[0];
  private byte[] symbols = new byte[0];
  private short[] idSymbols = new short[0];
  private int[] numbers = new int[1];
  private final int[] idOfKind = new int[Layout.KINDS];
  private int idsListed = Layout.KINDS;

  PayloadParts parts(ByteBuffer payload, PayloadShape shape) {
    decode(payload, shape, scratch);
    int size = payload.remaining();
    return size == 0 ? new PayloadParts(0, 0, 0)
        : new PayloadParts(idBits / 8, valueBits / 8, size - (idBits + valueBits) / 8);
  }

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
    ByteBuffer in = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
    int total = in.getInt();
    int bitBytes = in.getInt();
    int smallestLogSum = in.getInt();
    if (total < positions || total > positions + (long) Layout.MOST_ENTRIES_PER_BYTE * size) {
      throw corrupt(total + " kept entries in " + positions + " positions and " + size + " bytes");
    }
    if (bitBytes < 0 || bitBytes > size - Layout.HEADER_BYTES - Layout.STATES_BYTES) {
      throw corrupt(bitBytes + " bytes of bits in a payload of " + size);
    }
    reserve(Math.max(total, positions));
    into.resize(positions, total, shape.draws());
    if (bytes.length < bitBytes + BitReader.PADDING) {
      bytes = new byte[bitBytes + bitBytes / 4 + BitReader.PADDING];
    }
    in.get(bytes, 0, bitBytes);
    bits.open(bytes, 0, bitBytes);
    readTables(shape.draws() > 0);
    rans.open(in);
    readColumns(smallestLogSum, into);
    double beforeValues = bits.position() + rans.bitsRead();
    if (shape.draws() > 0) {
      readCounts(into);
    } else {
      readLevels(into);
    }
    double beforeIds = bits.position() + rans.bitsRead();
    readIds(shape, into);
    valueBits += beforeIds - beforeValues;
    idBits += bits.position() + rans.bitsRead() - beforeIds;
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
      numbers = new int[count + 1];
    }
  }

  private void readTables(boolean sampled) {
    for (int column = sampled ? 1 : 0; column < COLUMNS; column++) {
      columns.read(bits, column);
    }
    long beforeValues = bits.position();
    for (int context = 0; context < Layout.LEVEL_CONTEXTS; context++) {
      levels.read(bits, context);
    }
    long beforeIds = bits.position();
    valueBits = beforeIds - beforeValues;
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
      ids[Classes.FINER.count() + i] = id;
    }
    DecodeTable.readIds(bits, Classes.FINER.count() + words, idWeights, idFrequencies, idOfSlot, idRanges);
    idBits = bits.position() - beforeIds;
  }

  private void readColumns(int smallestLogSum, SparseLogits into) {
    int positions = into.positions();
    if (into.draws() == 0) {
      readColumn(0, positions);
      readOffsets(into);
    }
    readColumn(1, positions);
    for (int i = 0; i < positions; i++) {
      into.tailMass()[i] = Math.min(1, numbers[i] / Layout.TAIL_STEPS);
    }
    readColumn(2, positions);
    for (int i = 0; i < positions; i++) {
      into.logSumExp()[i] = (float) (((long) smallestLogSum + numbers[i]) / (double) Layout.LOG_SUM_STEPS);
    }
    readColumn(3, positions);
    for (int i = 0; i < positions; i++) {
      into.standardDeviation()[i] = numbers[i] / Layout.DEVIATION_STEPS;
    }
    readColumn(4, positions);
    for (int i = 0; i < positions; i++) {
      into.entropy()[i] = numbers[i] / Layout.ENTROPY_STEPS;
    }
  }

  private void readColumn(int column, int positions) {
    Arrays.fill(contexts, 0, positions, (byte) column);
    rans.decode(columns.entries, contexts, positions, symbols);
    bits.readNumbers(symbols, positions, Classes.FINER.table(), numbers);
  }

  private void readOffsets(SparseLogits into) {
    int end = 0;
    int total = into.total();
    int[] offsets = into.offsets();
    for (int i = 0; i < into.positions(); i++) {
      int more = numbers[i];
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
    if (!bits.readLevels(symbols, contexts, into.total(), into.logProbs())) {
      throw corrupt("a log-probability below the smallest");
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
          if (count < 1 || count > limit) {
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

  private void readIds(PayloadShape shape, SparseLogits into) {
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
      others += (symbols[e] ^ Layout.KIND_OTHER) - 1 >>> 31;
    }
    rans.decodeIds(idOfSlot, idRanges, others, idSymbols);
    bits.readNumbers(idSymbols, others, ids, numbers);
    fillIds(shape, earlier, into);
  }

  // The id of each kind in a position stands in a list, but for the kind of those that are coded themselves. Which kind
  // comes next cannot be predicted, so nothing branches on it.
  private void fillIds(PayloadShape shape, int[] earlier, SparseLogits into) {
    int[] supportIds = into.ids();
    int[] offsets = into.offsets();
    int largest = shape.vocabularySize() - 1;
    int other = 0;
    int position = 0;
    for (int row = 0; row < shape.rows(); row++) {
      for (int t = 1; t < shape.length(); t++, position++) {
        int from = offsets[position];
        int to = offsets[position + 1];
        listIds(shape.tokens()[row * shape.length() + t], earlier[position], into);
        int outside = 0;
        for (int e = from; e < to; e++) {
          int kind = symbols[e];
          int listed = idOfKind[kind];
          int isOther = (kind ^ Layout.KIND_OTHER) - 1 >> 31;
          int id = listed ^ (listed ^ numbers[other]) & isOther;
          other -= isOther;
          outside |= id | largest - id;
          supportIds[e] = id;
        }
        if (outside < 0) {
          throw new CorruptPayloadException(position, "an id outside the vocabulary of " + shape.vocabularySize()
              + ", or of an earlier support that has it not");
        }
        if (duplicates.found(supportIds, from, to)) {
          throw new CorruptPayloadException(position, "a token id is in its support twice");
        }
      }
    }
  }

  private void listIds(int label, int earlier, SparseLogits into) {
    int size = 0;
    if (earlier >= 0) {
      int from = into.offsets()[earlier];
      size = Math.min(Layout.MOST_EARLIER, into.offsets()[earlier + 1] - from);
      System.arraycopy(into.ids(), from, idOfKind, Layout.KIND_EARLIER, size);
    }
    Arrays.fill(idOfKind, Layout.KIND_EARLIER + size, Math.max(idsListed, Layout.KIND_EARLIER + size), -1);
    idsListed = Layout.KIND_EARLIER + size;
    idOfKind[Layout.KIND_LABEL] = label;
  }

  private static CorruptPayloadException corrupt(String detail) {
    return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
  }
}
