package io.logitstream.producers.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.producers.topic.PublishedCorpus.Last;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.BatchPosition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class PublishedCorpusTest {
    private static final Last END = new Last(TokenBatches.endMarker("c", "h", 10, 7, 70), null, null, null);

    @Test
    void findsTheLastBatchForAnyNumberOfPublishedBatches() {
        for (int partitions = 1; partitions < 6; partitions++) {
            for (int published = 0; published < 20; published++) {
                PublishedCorpus found = PublishedCorpus.of("tokens", "c", lasts(partitions, published));

                assertThat(found.end()).isNull();
                assertThat(found.position() == null ? -1 : found.position().number())
                        .isEqualTo(published - 1);
                assertThat(found.last() == null ? -1 : found.last().getBatch()).isEqualTo(published - 1);
            }
        }
    }

    @Test
    void isCompleteWhereEachPartitionHasItsEnd() {
        PublishedCorpus found = PublishedCorpus.of("tokens", "c", Collections.nCopies(3, END));

        assertThat(found.endOfCorpus().getBatches()).isEqualTo(7);
        assertThat(found.last()).isNull();
    }

    @Test
    void refusesWhatPublishingDoesNotLeaveBehind() {
        List<Last> missing = lasts(4, 10);
        missing.set(2, Last.NONE);
        List<Last> behind = lasts(4, 10);
        behind.set(3, last(3));
        List<Last> partlyEnded = lasts(4, 10);
        partlyEnded.set(0, END);
        List<Last> morePartitions = lasts(4, 10);
        morePartitions.add(Last.NONE);

        for (List<Last> lasts : List.of(missing, behind, partlyEnded, morePartitions)) {
            assertThatThrownBy(() -> PublishedCorpus.of("tokens", "c", lasts))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("topic tokens")
                    .hasMessageContaining("corpus c");
        }
    }

    @Test
    void aRecordWithoutPositionCannotBeContinued() {
        RecordHeaders headers = new RecordHeaders();

        assertThatThrownBy(() -> BatchPosition.readFrom(headers, "tokens-0@5"))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("tokens-0@5");
        new BatchPosition(1, 2, 3).writeTo(headers);
        assertThat(BatchPosition.readFrom(headers, "")).isEqualTo(new BatchPosition(1, 2, 3));
    }

    private static List<Last> lasts(int partitions, int published) {
        List<Last> lasts = new ArrayList<>(Collections.nCopies(partitions, Last.NONE));
        for (int number = 0; number < published; number++) {
            lasts.set(number % partitions, last(number));
        }
        return lasts;
    }

    private static Last last(int number) {
        TokenBatch batch =
                new TokenBatch("c", 0, number, 1, 2, TokenBatches.bytes(new int[] {1, 2}), "h", 10, null, null);
        return new Last(batch, new BatchPosition(number, number + 1, 0), null, null);
    }
}
