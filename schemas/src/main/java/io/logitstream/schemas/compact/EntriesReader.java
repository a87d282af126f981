package io.logitstream.schemas.compact;

import io.logitstream.schemas.SparseLogits;

/** Reads what {@link EntriesWriter} writes: levels and kinds. The loops have no branch that depends on valid data. */
final class EntriesReader {
  private final Contexts contexts = new Contexts();
  private final LevelTable levelTable = new LevelTable();
  private final DecodeTable kindTable = new DecodeTable(Layout.KIND_CONTEXTS + 2, Layout.KINDS, Layout.KIND_BITS);
  private byte[] contextOf = new byte[0];
  private byte[] kindOf = new byte[0];

  EntriesReader() {
    kindTable.setOnly(Layout.ALL_OTHER, Layout.KIND_OTHER);
    kindTable.setOnly(Layout.ALL_LABEL, Layout.KIND_LABEL);
  }

  void readLevelTables(BitReader in) {
    for (int context = 0; context < Layout.LEVEL_CONTEXTS; context++) {
      levelTable.read(in, context);
    }
  }

  void readKindTables(BitReader in) {
    for (int context = 0; context < Layout.KIND_CONTEXTS; context++) {
      kindTable.read(in, context);
    }
  }

  /**
   * Reads log-probabilities and kinds; in a sample the log-probabilities are undefined.
   *
   * @param earlier see {@link Contexts#of}
   * @param labels see {@link Contexts#of}
   */
  void read(LaneReader lanes, int[] earlier, int[] labels, SparseLogits into) {
    contextOf = contexts.of(into, earlier, labels);
    if (kindOf.length < into.total()) {
      kindOf = new byte[into.total()];
    }
    read(lanes, into.total(), into.logProbs());
  }

  /** The kind of each entry. */
  byte[] kinds() {
    return kindOf;
  }

  /** Bits that the codes of the kinds take. */
  long kindBits(int total) {
    byte[] lengths = kindTable.lengths();
    long bits = 0;
    for (int e = 0; e < total; e++) {
      bits += lengths[Layout.kindOf(contextOf[e]) * Layout.KINDS + kindOf[e]];
    }
    return bits;
  }

  // Four lanes at a time, from each its level and then its kind.
  private void read(LaneReader lanes, int count, float[] logProbs) {
    final byte[] in = lanes.bytes;
    final long[] at = lanes.at;
    final long limit = lanes.limit();
    final byte[] contexts = contextOf;
    final byte[] kindOf = this.kindOf;
    final int[] levels = levelTable.entries;
    final char[] kinds = kindTable.slots;
    final float[] logProbOfLevel = Levels.table();
    long p0 = at[0];
    long p1 = at[1];
    long p2 = at[2];
    long p3 = at[3];
    int level = 0;
    int e = 0;
    for (; e < count - 3; e += 4) {
      if ((limit - p0 | limit - p1 | limit - p2 | limit - p3) < 0) {
        throw LaneReader.tooShort();
      }
      int c0 = contexts[e];
      long w0 = LaneReader.word(in, p0);
      int l0 = levels[levelSlot(c0, w0)];
      int k0 = kinds[kindSlot(c0, w0 >>> l0)];
      p0 += (l0 & 63) + (k0 & 15);
      int c1 = contexts[e + 1];
      long w1 = LaneReader.word(in, p1);
      int l1 = levels[levelSlot(c1, w1)];
      int k1 = kinds[kindSlot(c1, w1 >>> l1)];
      p1 += (l1 & 63) + (k1 & 15);
      int c2 = contexts[e + 2];
      long w2 = LaneReader.word(in, p2);
      int l2 = levels[levelSlot(c2, w2)];
      int k2 = kinds[kindSlot(c2, w2 >>> l2)];
      p2 += (l2 & 63) + (k2 & 15);
      int c3 = contexts[e + 3];
      long w3 = LaneReader.word(in, p3);
      int l3 = levels[levelSlot(c3, w3)];
      int k3 = kinds[kindSlot(c3, w3 >>> l3)];
      p3 += (l3 & 63) + (k3 & 15);
      kindOf[e] = (byte) (k0 >>> 4);
      int v0 = below(level, c0, w0, l0);
      kindOf[e + 1] = (byte) (k1 >>> 4);
      int v1 = below(v0, c1, w1, l1);
      kindOf[e + 2] = (byte) (k2 >>> 4);
      int v2 = below(v1, c2, w2, l2);
      kindOf[e + 3] = (byte) (k3 >>> 4);
      int v3 = below(v2, c3, w3, l3);
      if ((v0 | v1 | v2 | v3) < 0) {
        throw LaneReader.corrupt("a log-probability below the smallest");
      }
      logProbs[e] = logProbOfLevel[v0];
      logProbs[e + 1] = logProbOfLevel[v1];
      logProbs[e + 2] = logProbOfLevel[v2];
      logProbs[e + 3] = logProbOfLevel[v3];
      level = v3;
    }
    at[0] = p0;
    at[1] = p1;
    at[2] = p2;
    at[3] = p3;
    for (; e < count; e++) {
      int context = contexts[e];
      long word = LaneReader.word(in, Math.min(limit, at[e & 3]));
      int entry = levels[levelSlot(context, word)];
      int slot = kinds[kindSlot(context, word >>> entry)];
      at[e & 3] += (entry & 63) + (slot & 15);
      kindOf[e] = (byte) (slot >>> 4);
      level = below(level, context, word, entry);
      if (level < 0) {
        throw LaneReader.corrupt("a log-probability below the smallest");
      }
      logProbs[e] = logProbOfLevel[level];
    }
  }

  private static int levelSlot(int context, long word) {
    return (context & 15) << Layout.LEVEL_BITS | (int) word & (1 << Layout.LEVEL_BITS) - 1;
  }

  private static int kindSlot(int context, long word) {
    return context >>> 4 << Layout.KIND_BITS | (int) word & (1 << Layout.KIND_BITS) - 1;
  }

  // The level after another; the first of a support begins anew, without a branch, since it cannot be predicted.
  private static int below(int level, int context, long word, int entry) {
    int kept = level & ~((context & 15) - 1 >> 31);
    return kept - (entry >> 17) - ((int) (word >>> (entry >>> 11)) & (1 << (entry >>> 6)) - 1);
  }
}
