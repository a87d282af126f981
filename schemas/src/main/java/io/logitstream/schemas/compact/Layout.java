package io.logitstream.schemas.compact;

import java.util.Arrays;

/** What encoder and decoder must agree on: tables, their contexts and alphabets. */
final class Layout {
  /** Total of the frequencies of all tables but that of the ids: 2^11. */
  static final int BITS = 10;
  /** Total of the frequencies of the table of ids: 2^15. */
  static final int ID_BITS = 15;
  /** Symbols of the table of ids: classes of ids, and then the dictionary. */
  static final int MOST_IDS = 4096;
  static final int MOST_DICTIONARY = MOST_IDS - Classes.FINER.count();

  /** Bytes before the bits: entries, bytes of the bits, smallest log-sum-exp. */
  static final int HEADER_BYTES = 12;
  static final int LANES = 4;
  static final int STATES_BYTES = 8 * LANES;
  /** States lie in [2^31, 2^63) between symbols; words have 32 bits. */
  static final long SMALLEST_STATE = 1L << 31;

  /** Steps of the statistics, one by. */
  static final float TAIL_STEPS = 2048;
  static final float LOG_SUM_STEPS = 16;
  static final float DEVIATION_STEPS = 64;
  static final float ENTROPY_STEPS = 64;

  /** Tables of levels: one for each of the first 8 ranks, then one for each doubling of the rank. */
  static final int LEVEL_CONTEXTS = 16;
  /** Tables of counts of a sample: by the largest count that is possible. */
  static final int COUNT_CONTEXTS = 16;

  /** Kinds of an id: the token that follows in the text, none of the predictions, or the i-th of the earlier support. */
  static final int KIND_LABEL = 0;
  static final int KIND_OTHER = 1;
  static final int KIND_EARLIER = 2;
  static final int MOST_EARLIER = 64;
  static final int KINDS = KIND_EARLIER + MOST_EARLIER;
  /** Tables of kinds: four by rank for positions without an earlier one, four for positions with one. */
  static final int KIND_CONTEXTS = 8;
  static final int KIND_CONTEXTS_WITH_EARLIER = 4;

  /** More entries than this by a byte of payload cannot be: what bounds the memory that a damaged payload can ask for. */
  static final int MOST_ENTRIES_PER_BYTE = 16;

  private Layout() {}

  static int levelContext(int rank) {
    return rank < 8 ? rank : Math.min(LEVEL_CONTEXTS - 1, 5 + 31 - Integer.numberOfLeadingZeros(rank));
  }

  static int kindContext(int rank) {
    return rank == 0 ? 0 : rank < 3 ? 1 : rank < 8 ? 2 : 3;
  }

  /** Contexts of a support's entries by rank, at least {@code ranks} of them. */
  static byte[] levelContexts(byte[] known, int ranks) {
    if (known.length >= ranks) {
      return known;
    }
    byte[] contexts = Arrays.copyOf(known, Math.max(ranks, 2 * known.length));
    for (int rank = known.length; rank < contexts.length; rank++) {
      contexts[rank] = (byte) levelContext(rank);
    }
    return contexts;
  }

  /** As {@link #levelContexts}, for kinds; {@code first} is added to each. */
  static byte[] kindContexts(byte[] known, int ranks, int first) {
    if (known.length >= ranks) {
      return known;
    }
    byte[] contexts = Arrays.copyOf(known, Math.max(ranks, 2 * known.length));
    for (int rank = known.length; rank < contexts.length; rank++) {
      contexts[rank] = (byte) (first + kindContext(rank));
    }
    return contexts;
  }
}
