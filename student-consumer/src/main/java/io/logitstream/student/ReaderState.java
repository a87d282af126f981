package io.logitstream.student;

import java.util.List;
import java.util.Map;

/**
 * Where a reader stands; part of every checkpoint.
 *
 * @param offsets next offset of each partition
 * @param turn the partition that is next
 * @param ended partitions whose end-of-corpus marker has been read in this epoch
 * @param epoch passes over the topic that are complete
 * @param batches batches read in this epoch
 * @param held addresses of the batches in the shuffle window, in their order
 * @param teacher the one teacher whose logits have been read, null where there is none or several are allowed
 */
record ReaderState(Map<Integer, Long> offsets, int turn, List<Integer> ended, int epoch, long batches,
    List<Address> held, String teacher) {
  /** A record's place in the topic. */
  record Address(int partition, long offset) {}
}
