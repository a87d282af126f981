package io.logitstream.pipeline.inspection;

import io.logitstream.messages.UsageException;

/**
 * A range of offsets of a topic.
 *
 * @param partition the partition; null for all
 * @param from first offset in each partition
 * @param to offset after the last in each partition
 */
public record TopicRange(Integer partition, long from, long to) {
    public TopicRange {
        if (partition != null && partition < 0) {
            throw new UsageException("--partition " + partition + " is negative");
        }
        if (from < 0 || to <= from) {
            throw new UsageException(
                    "offsets from " + from + " to " + to + " are not a range; --to is the offset after the last");
        }
    }

    public static TopicRange all() {
        return new TopicRange(null, 0, Long.MAX_VALUE);
    }

    public boolean isAll() {
        return equals(all());
    }
}
