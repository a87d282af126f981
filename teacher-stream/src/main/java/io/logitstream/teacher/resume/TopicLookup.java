package io.logitstream.teacher.resume;

import java.util.OptionalLong;

/** What is looked up in the topics only where the offsets leave a question. */
interface TopicLookup {
    /** Offset in the tokens partition of the batch that the logits partition ends with, found by its key and content. */
    OptionalLong offsetOfLast(PartitionState view);

    /** Whether each tokens record at offsets {@code [from, to)} is a dead letter of this stream; true where there is none. */
    boolean areDeadLetters(int partition, long from, long to);

    /** The first record of the tokens partition, null where there is none. */
    PartitionState.First first(int partition);
}
