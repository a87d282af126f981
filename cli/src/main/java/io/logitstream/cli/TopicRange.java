package io.logitstream.cli;

import io.logitstream.schemas.UsageException;

/**
 * Part of a topic.
 *
 * @param partition the partition, or null for all
 * @param from first offset, in each partition
 * @param to offset after the last, in each partition
 */
record TopicRange(Integer partition, long from, long to) {
  TopicRange {
    if (partition != null && partition < 0) {
      throw new UsageException("--partition " + partition + " is negative");
    }
    if (from < 0 || to <= from) {
      throw new UsageException("offsets from " + from + " to " + to + " are no range; --to is the offset after the last");
    }
  }

  static TopicRange all() {
    return new TopicRange(null, 0, Long.MAX_VALUE);
  }

  boolean isAll() {
    return equals(all());
  }
}
