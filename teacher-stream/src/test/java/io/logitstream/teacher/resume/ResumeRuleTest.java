package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.config.ResumeOptions;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ResumeRuleTest {
    private static final TopicIdentity TOKENS =
            new TopicIdentity("tokens", Uuid.randomUuid().toString(), 4);

    /** Records of one tokens partition. */
    private static final class Partition implements TopicLookup {
        private final Set<Long> records = new TreeSet<>();
        private final Set<Long> letters = new TreeSet<>();
        private OptionalLong lastFound = OptionalLong.empty();
        private PartitionState.First first;

        @Override
        public OptionalLong offsetOfLast(PartitionState view) {
            return lastFound;
        }

        @Override
        public boolean areDeadLetters(int partition, long from, long to) {
            return LongStream.range(from, to).filter(records::contains).allMatch(letters::contains);
        }

        @Override
        public PartitionState.First first(int partition) {
            return first;
        }
    }

    private final Partition partition = new Partition();
    private ResumeOptions options = ResumeOptions.NONE;

    @Test
    void aNewStreamBeginsAtTheBeginning() {
        assertGoesOn(view(0, 20, null, null), 0, null);
        assertGoesOn(view(7, 20, null, null), 7, "before offset 7 are no longer there");
    }

    @Test
    void aStreamThatWasStoppedGoesOnWhereItWas() {
        assertGoesOn(view(0, 20, 11L, last(10)), 11, null);
    }

    @Test
    void theEndsOfTransactionsBehindTheLastRecordMakeNoDifference() {
        assertGoesOn(view(0, 20, 13L, last(10)), 13, null);
    }

    @Test
    void offsetsThatAreGoneAreFoundByTheLogits() {
        assertGoesOn(view(0, 20, null, last(10)), 11, "expired, deleted or not committed");
    }

    @Test
    void offsetsThatWereSetBackTeachNothingTwice() {
        assertGoesOn(view(0, 20, 0L, last(10)), 11, "is at offset 0");
    }

    @Test
    void offsetsThatWereSetForwardSkipNothing() {
        partition.records.add(12L);

        assertGoesOn(view(0, 20, 15L, last(10)), 11, "is at offset 15");
    }

    @Test
    void deadLettersBehindTheLastRecordAreNotTaughtAgainUnlessTheUserWants() {
        partition.records.addAll(Set.of(11L, 12L));
        partition.letters.addAll(Set.of(11L, 12L));

        assertGoesOn(view(0, 20, 13L, last(10)), 13, null);
        options = new ResumeOptions(true, false, false);
        assertGoesOn(view(0, 20, 13L, last(10)), 11, "dead letters included");
    }

    @Test
    void aLogitsTopicThatWasMadeAgainIsFilledAgain() {
        partition.records.add(0L);

        assertGoesOn(view(0, 20, 20L, null), 0, "is empty, although group");
    }

    @Test
    void aRunOfWhichAllIsDeadLettersIsTaughtAgainOnlyWhenTheUserWants() {
        partition.records.add(0L);
        partition.letters.add(0L);

        assertGoesOn(view(0, 20, 20L, null), 20, null);
        options = new ResumeOptions(true, false, false);
        assertGoesOn(view(0, 20, 20L, null), 0, "dead letters included");
    }

    @Test
    void aTokensTopicThatWasMadeAgainIsRefused() {
        SourcePosition other = new SourcePosition(Uuid.randomUuid().toString(), 4, 10);
        PartitionState view = view(0, 20, 11L, new PartitionState.Last("c/00000/0000010", other, null));

        assertRefused(view, "topic tokens was deleted and recreated", TOKENS.id(), other.topicId(), "--mirrored");
        options = new ResumeOptions(false, false, true);
        partition.lastFound = OptionalLong.of(14);
        assertGoesOn(view, 15, "is at offset 11");
        partition.lastFound = OptionalLong.empty();
        assertRefused(
                view, "c/00000/0000010, the last record", "is not in partition 0 of topic tokens with the same tokens");
    }

    @Test
    void partitionsThatWereAddedAreRefused() {
        SourcePosition fewer = new SourcePosition(TOKENS.id(), 2, 10);

        assertRefused(
                view(0, 20, 11L, new PartitionState.Last("c/00000/0000010", fewer, null)),
                "topic tokens has 4 partitions, had 2",
                "n modulo the number of partitions");
    }

    @Test
    void recordsOfOlderVersionsAreFoundByTheirBatch() {
        PartitionState.Last old = new PartitionState.Last("c/00000/0000010", null, null);
        partition.lastFound = OptionalLong.of(10);

        assertGoesOn(view(0, 20, 11L, old), 11, null);
        assertGoesOn(view(0, 20, null, old), 11, "expired, deleted or not committed");
        partition.lastFound = OptionalLong.empty();
        assertRefused(
                view(0, 20, 11L, old),
                "c/00000/0000010, the last record",
                "is not in partition 0 of topic tokens with the same tokens",
                "recreated");
        assertGoesOn(view(11, 20, 11L, old), 11, null);
        assertRefused(
                view(11, 20, null, old),
                "is no longer in partition 0 of topic tokens (retention)",
                "--set topics.logits");
    }

    @Test
    void retentionThatHasPassedTheStreamIsRefusedUnlessTheUserSkips() {
        partition.first = new PartitionState.First(15, "c/00000/0000060", 60L);
        PartitionState view = view(15, 20, 11L, new PartitionState.Last("c/00000/0000040", source(10), 40L));

        assertRefused(view, "offsets 11 to 14 are no longer there", "has not read them", "--skip-deleted");
        options = new ResumeOptions(false, true, false);
        assertGoesOn(view, 15, "continues after them");
    }

    @Test
    void retentionThatHasDeletedOnlyWhatWasReadIsNoLoss() {
        PartitionState.Last last = new PartitionState.Last("c/00000/0000040", source(10), 40L);
        // All is gone, and offset 11 was the end of the transaction.
        assertGoesOn(view(12, 12, 11L, last), 12, null);
        // The next batch of the corpus in this partition is the first that is left.
        partition.first = new PartitionState.First(13, "c/00000/0000044", 44L);
        assertGoesOn(view(12, 20, 11L, last), 12, null);
    }

    @Test
    void aTopicThatHasLostItsEndIsRefused() {
        assertRefused(view(0, 5, 11L, last(10)), "ends at offset 5", "up to offset 11");
        // Nothing is looked for behind the end: a read there would wait for records that do not come.
        partition.records.addAll(Set.of(0L, 7L));
        partition.letters.add(0L);
        assertRefused(view(0, 5, 11L, null), "ends at offset 5", "up to offset 11");
    }

    @Test
    void aLogitsTopicThatRetentionHasEmptiedLeavesTheGroupsOffsets() {
        assertGoesOn(new PartitionState(0, 0, 20, 11L, 9, null), 11, null);
        assertRefused(new PartitionState(0, 0, 20, null, 9, null), "the resume offset is unknown");
    }

    private static PartitionState view(long begin, long end, Long committed, PartitionState.Last last) {
        return new PartitionState(0, begin, end, committed, 0, last);
    }

    private static PartitionState.Last last(long offset) {
        return new PartitionState.Last("c/00000/0000010", source(offset), null);
    }

    private static SourcePosition source(long offset) {
        return SourcePosition.of(TOKENS, offset);
    }

    private void assertGoesOn(PartitionState view, long offset, String note) {
        ResumeRule.Decision decision = new ResumeRule(TOKENS, "logits", "group", options, partition).decide(view);
        assertThat(decision.offset()).isEqualTo(offset);
        if (note == null) {
            assertThat(decision.note()).isNull();
        } else {
            assertThat(decision.note()).contains(note);
        }
    }

    private void assertRefused(PartitionState view, String... message) {
        assertThatThrownBy(() -> new ResumeRule(TOKENS, "logits", "group", options, partition).decide(view))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(message)
                .hasMessageNotContaining("\n");
    }
}
