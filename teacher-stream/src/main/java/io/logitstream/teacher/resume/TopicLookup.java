package io.logitstream.teacher.resume;

import java.util.OptionalLong;

/** Lookups in the topics, for partitions whose resume offset does not follow from offsets alone. */
interface TopicLookup {
    /** Offset, in the tokens partition, of the last batch of the logits partition; found by key and content. */
    OptionalLong offsetOfLast(PartitionState view);

    /**
     * Whether all records of the tokens partition at offsets {@code [from, to)} are dead letters; true for an empty
     * range.
     */
    boolean areDeadLetters(int partition, long from, long to);

    /** First record of the tokens partition; null if it is empty. */
    PartitionState.First first(int partition);
}
