package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.deadletters.DeadLetter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** Whether a corpus is over and whole: the parts of {@link CorpusCoverage} on topics in memory. */
class CorpusCoverageTest {
    private static final String ID = Uuid.randomUuid().toString();
    private static final TopicIdentity TOKENS = new TopicIdentity("tokens", ID, 2);

    private final Map<Integer, List<ConsumerRecord<String, byte[]>>> tokens = new TreeMap<>();
    private final Map<Integer, List<ConsumerRecord<String, byte[]>>> logits = new TreeMap<>();
    private final Map<Integer, Long> committed = new HashMap<>();
    private final List<DeadLetter> letters = new ArrayList<>();
    private long now;
    private final CorpusCompletion ends = new CorpusCompletion(
            "tokens",
            (partition, count) -> tail(tokens, partition, count),
            (partition, count) -> tail(logits, partition, count),
            () -> now);

    @Test
    void aCorpusIsOverWhenItsMarkersHaveBeenRead() {
        teach(0, batch(0, 0));
        teach(1, batch(1, 0));
        assertThat(isOver()).isFalse();

        teachMarkers();
        committed.put(1, 1L);
        assertThat(isOver()).isFalse();

        committed.put(1, 2L);
        assertThat(isOver()).isTrue();
    }

    @Test
    void foreignRecordsBehindTheMarkersAreWaitedForAndNoMore() {
        teachMarkers();
        foreign(0, null);
        foreign(0, "garbage");
        foreign(1, "c/00000/0000007");

        assertThat(isOver()).isFalse();
        committed.put(0, 3L);
        committed.put(1, 2L);
        assertThat(isOver()).isTrue();
        ends.requireEnd(0, TOKENS, "logits");
        ends.requireEnd(1, TOKENS, "logits");
    }

    @Test
    void aFloodOfForeignRecordsEndsNothingUntilTheMarkerIsTaught() {
        teach(1, record(tokens, 1, "c/end", false));
        record(tokens, 0, "c/end", false);
        for (int i = 0; i < 100; i++) {
            foreign(0, null);
        }
        committed.put(0, 101L);
        committed.put(1, 1L);

        assertThat(isOver()).isFalse();
        teach(0, tokens.get(0).get(0));
        assertThat(isOver()).isTrue();
    }

    @Test
    void theNextCorpusIsWaitedForWhoeverPublishesIt() {
        teachMarkers();
        committed.put(0, 2L);
        committed.put(1, 1L);
        batch(0, 3);
        assertThat(isOver()).isFalse();

        tokens.get(0).remove(1);
        teach(0, record(tokens, 0, "c/00000/0000003", false));
        assertThat(isOver()).as("a batch without a header that came through").isFalse();
    }

    @Test
    void aFinishedCorpusWhoseTokensWereFreedIsOver() {
        teachMarkers();
        committed.put(0, 1L);
        committed.put(1, 1L);

        tokens.get(0).clear();
        assertThat(isOver()).isTrue();
        tokens.get(1).clear();
        assertThat(isOver()).isTrue();
        ends.requireEnd(0, TOKENS, "logits");
    }

    @Test
    void aPartitionThatIsEmptyInBothTopicsIsNamedAfterAWhile() {
        teach(0, record(tokens, 0, "c/end", false));
        assertThat(isOver()).isFalse();
        now += TimeUnit.SECONDS.toNanos(6);

        assertThatThrownBy(this::isOver)
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("topic tokens: partition 1 is empty");
    }

    @Test
    void emptyTopicsAreNotOver() {
        assertThat(isOver()).isFalse();
        now += TimeUnit.MINUTES.toNanos(1);
        assertThat(isOver()).isFalse();
    }

    @Test
    void aLogitsPartitionWithoutTheLastMarkerIsNamed() {
        teachMarkers();
        batch(0, 1);
        record(tokens, 0, "d/end", false);

        assertThatThrownBy(() -> ends.requireEnd(0, TOKENS, "logits"))
                .hasMessageContaining("partition 0 of topic logits", "c/end", "d/end at offset 2");
    }

    @Test
    void lettersBetweenTaughtRecordsAreMissingAndThoseTaughtLaterAreNot() {
        letters.add(letter(0, 2, ID, true));
        letters.add(letter(0, 3, ID, true));
        letters.add(letter(0, 5, ID, true));
        letters.add(letter(1, 4, ID, true));

        MissingRecords missing = missing(Map.of(0, List.of(0L, 1L, 4L, 5L), 1, List.of(0L, 9L)));

        assertThat(missing.batches().count()).isEqualTo(3);
        assertThat(missing.batches().first()).isEqualTo(letters.get(0));
        assertThat(missing.foreign().count()).isZero();
    }

    @Test
    void foreignRecordsAreCountedApartFromLostBatches() {
        letters.add(letter(1, 7, ID, false));
        letters.add(letter(1, 3, ID, false));
        letters.add(letter(0, 1, ID, true));

        MissingRecords missing = missing(Map.of(0, List.of(0L, 1L), 1, List.of(0L, 9L)));

        assertThat(missing.batches()).isEqualTo(new MissingRecords.Group(0, null));
        assertThat(missing.foreign()).isEqualTo(new MissingRecords.Group(2, letters.get(1)));
    }

    @Test
    void lettersWithoutASourceAreUnclearWhereTheLogitsHaveNoneEither() {
        letters.add(letter(0, 2, null, true));
        letters.add(letter(1, 2, null, true));
        letters.add(letter(1, 12, null, true));
        letters.add(letter(1, 1_000, null, true));

        MissingRecords missing = missing(Map.of(0, List.of(), 1, List.of(10L, 11L, 13L)));

        assertThat(missing.unclear()).isEqualTo(new MissingRecords.Group(2, letters.get(0)));
        assertThat(missing.batches())
                .as("behind records with a source")
                .isEqualTo(new MissingRecords.Group(1, letters.get(2)));
    }

    @Test
    void lettersOfAnotherTopicOfTheNameDoNotCount() {
        letters.add(letter(0, 2, Uuid.randomUuid().toString(), true));
        letters.add(letter(7, 2, ID, true));

        assertThat(missing(Map.of(0, List.of())).batches().count()).isZero();
    }

    @Test
    void aFloodIsOneSearch() {
        for (int offset = 0; offset < 50_000; offset++) {
            letters.add(letter(0, offset, ID, offset % 2 == 0));
        }
        int[] searches = {0};

        MissingRecords missing =
                MissingRecords.find(TOKENS, Map.of(0, 100_000L), letters::forEach, (partition, source) -> {
                    searches[0]++;
                    return 60_000;
                });

        assertThat(missing.batches().count()).isEqualTo(25_000);
        assertThat(missing.foreign().count()).isEqualTo(25_000);
        assertThat(searches[0]).isEqualTo(1);
    }

    @Test
    void rangesHoldWhatSetsHold() {
        OffsetRanges ranges = new OffsetRanges();
        for (long offset : new long[] {5, 3, 4, 9, 3, 10, 7}) {
            ranges.add(offset);
        }

        assertThat(new long[] {ranges.next(0), ranges.next(4), ranges.next(6), ranges.next(8), ranges.next(11)})
                .containsExactly(3, 4, 7, 9, Long.MAX_VALUE);
        assertThat(ranges.count(0, Long.MAX_VALUE)).isEqualTo(6);
        assertThat(ranges.count(4, 10)).isEqualTo(4);
        assertThat(ranges.contains(6)).isFalse();
        assertThat(ranges.contains(5)).isTrue();
    }

    private MissingRecords missing(Map<Integer, List<Long>> taught) {
        return MissingRecords.find(
                TOKENS,
                Map.of(0, 100L, 1, 100L),
                letters::forEach,
                (partition, source) -> taught.getOrDefault(partition, List.of()).stream()
                        .filter(each -> each >= source)
                        .findFirst()
                        .orElse(Long.MAX_VALUE));
    }

    private static DeadLetter letter(int partition, long offset, String topicId, boolean batch) {
        return new DeadLetter(
                "tokens",
                partition,
                offset,
                topicId == null ? null : new SourcePosition(topicId, 2, offset),
                "key",
                "cause",
                batch);
    }

    private boolean isOver() {
        return ends.isOver(List.of(0, 1), () -> committed);
    }

    private void teachMarkers() {
        for (int partition = 0; partition < 2; partition++) {
            teach(partition, record(tokens, partition, "c/end", false));
        }
        committed.put(0, (long) tokens.get(0).size());
        committed.put(1, (long) tokens.get(1).size());
    }

    private ConsumerRecord<String, byte[]> batch(int partition, int number) {
        return record(tokens, partition, String.format("c/00000/%07d", number), true);
    }

    private void foreign(int partition, String key) {
        record(tokens, partition, key, false);
    }

    private void teach(int partition, ConsumerRecord<String, byte[]> source) {
        SourcePosition.of(TOKENS, source.offset())
                .writeTo(record(logits, partition, source.key(), false).headers());
    }

    private static ConsumerRecord<String, byte[]> record(
            Map<Integer, List<ConsumerRecord<String, byte[]>>> topic, int partition, String key, boolean published) {
        List<ConsumerRecord<String, byte[]>> records = topic.computeIfAbsent(partition, number -> new ArrayList<>());
        ConsumerRecord<String, byte[]> record =
                new ConsumerRecord<>("topic", partition, records.size(), key, new byte[7]);
        if (published) {
            record.headers().add("logitstream-position", new byte[3 * Long.BYTES]);
        }
        records.add(record);
        return record;
    }

    private static List<ConsumerRecord<String, byte[]>> tail(
            Map<Integer, List<ConsumerRecord<String, byte[]>>> topic, int partition, int count) {
        List<ConsumerRecord<String, byte[]>> records = topic.getOrDefault(partition, List.of());
        return List.copyOf(records.subList(Math.max(0, records.size() - count), records.size()));
    }
}
