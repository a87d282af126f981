package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.student.config.TrainingConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchFeedTest {
    private static final int BATCHES = 11;

    private final RecordedTopic topic = new RecordedTopic(2, BATCHES);

    @Test
    void stepsHoldTheBatchesAskedForUntilAnEpochEnds() throws IOException {
        topic.complete();
        try (BatchFeed feed = feed("{\"epochs\":2}", null)) {
            List<List<Integer>> steps = new ArrayList<>();
            for (List<Integer> step = step(feed, 4); !step.isEmpty(); step = step(feed, 4)) {
                steps.add(step);
            }

            List<List<Integer>> epoch = List.of(List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(8, 9, 10));
            assertThat(steps)
                    .containsExactly(
                            epoch.get(0), epoch.get(1), epoch.get(2), epoch.get(0), epoch.get(1), epoch.get(2));
            assertThat(step(feed, 4)).as("the end is the end").isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,1", "2,4", "1,50"})
    void itGoesOnBehindAnyStep(int count, int window) throws IOException {
        topic.complete();
        String training = "{\"epochs\":2,\"seed\":5,\"shuffleWindow\":" + window + "}";
        List<Integer> whole;
        try (BatchFeed feed = feed(training, null)) {
            whole = rest(feed, count);
        }

        assertThat(whole).hasSize(2 * BATCHES);
        for (int cut = 1; cut <= 2 * BATCHES / count; cut++) {
            List<Integer> order = new ArrayList<>();
            ReaderState position;
            try (BatchFeed feed = feed(training, null)) {
                for (int i = 0; i < cut; i++) {
                    order.addAll(step(feed, count));
                }
                position = feed.position();
            }
            try (BatchFeed resumed = feed(training, position)) {
                assertThat(resumed.position()).isEqualTo(position);
                order.addAll(rest(resumed, count));
            }

            assertThat(order).as("cut behind step " + cut).isEqualTo(whole);
        }
    }

    @Test
    void aRecordThatCannotBeUsedIsReportedAfterAllBeforeIt() throws IOException {
        topic.add(1, "c/00000/0000099", new byte[3]);
        topic.complete();
        try (BatchFeed feed = feed("{}", null)) {
            assertThat(step(feed, BATCHES))
                    .isEqualTo(IntStream.range(0, BATCHES).boxed().toList());

            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageStartingWith("tokens-1@5 (c/00000/0000099): ");
        }
        assertThat(readers()).isEmpty();
    }

    @Test
    void aPositionInOtherPartitionsIsReported() throws IOException {
        topic.complete();
        ReaderState other =
                new ReaderState(Map.of(0, 3L), 0, List.of(), 0, 3, List.of(), null, 0, 0, null, null, null, null);

        try (BatchFeed feed = feed("{}", other)) {
            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("partitions [0, 1]", "partitions [0]");
        }
    }

    @Test
    void whoWaitsMayGiveUpAndClosingEndsTheThread() throws IOException {
        MockConsumer<String, byte[]> consumer = topic.consumer();
        try (BatchFeed feed = new BatchFeed(topic.reader(consumer), training("{}"), null)) {
            step(feed, BATCHES);
            assertThat(readers()).hasSize(1);

            assertThatThrownBy(() -> feed.next(1, () -> {
                        throw new CancellationException("given up");
                    }))
                    .isInstanceOf(CancellationException.class);
        }

        assertThat(readers()).isEmpty();
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void closingDoesNotWaitForBatchesThatNobodyTakes() throws IOException {
        topic.complete();
        MockConsumer<String, byte[]> consumer = topic.consumer();

        new BatchFeed(topic.reader(consumer), training("{}"), null).close();

        assertThat(readers()).isEmpty();
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void lagToolsSeeThePositionOfACheckpointAndNotWhatWasReadAhead() throws IOException {
        topic.complete();
        List<Long> committed = new ArrayList<>();
        MockConsumer<String, byte[]> consumer = topic.consumer();
        try (BatchFeed feed = new BatchFeed(topic.reader(consumer), training("{}"), null)) {
            step(feed, 3);
            feed.commitForLagTools(feed.position());
            rest(feed, 1);
            IntStream.range(0, 2).forEach(partition -> committed.add(committed(consumer, partition)));
        }

        assertThat(committed).containsExactly(2L, 1L);
    }

    private static long committed(MockConsumer<String, byte[]> consumer, int partition) {
        TopicPartition key = new TopicPartition(RecordedTopic.NAME, partition);
        return consumer.committed(Set.of(key)).get(key).offset();
    }

    private BatchFeed feed(String training, ReaderState from) throws IOException {
        return new BatchFeed(topic.reader(), training(training), from);
    }

    private static TrainingConfig training(String json) throws IOException {
        return new ObjectMapper().readValue(json, TrainingConfig.class);
    }

    private static List<Integer> rest(BatchFeed feed, int count) {
        List<Integer> order = new ArrayList<>();
        for (List<Integer> step = step(feed, count); !step.isEmpty(); step = step(feed, count)) {
            order.addAll(step);
        }
        return order;
    }

    private static List<Integer> step(BatchFeed feed, int count) {
        return feed.next(count, () -> {}).stream()
                .map(batch -> batch.tokens()[0])
                .toList();
    }

    private static List<Thread> readers() {
        String name = Thread.currentThread().getName() + "-reader";
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }
}
