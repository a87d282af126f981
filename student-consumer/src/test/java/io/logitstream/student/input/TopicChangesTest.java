package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.student.config.TrainingConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.junit.jupiter.api.Test;

/** A topic that is not what it was, or not what its end-of-corpus markers say, stops a student with that cause. */
class TopicChangesTest {
    private static final TopicIdentity FIRST = new TopicIdentity(RecordedTopic.NAME, "A1", 2);

    @Test
    void aCheckpointHoldsWhichTopicItsOffsetsAreOf() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 8).identity(FIRST).complete();

        ReaderState position = positionBehind(topic, 3);

        assertThat(position.topic()).isEqualTo(FIRST);
        assertThat(new ObjectMapper().readValue(new ObjectMapper().writeValueAsString(position), ReaderState.class))
                .isEqualTo(position);
    }

    @Test
    void aTopicThatWasMadeAgainIsNotContinued() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 8).identity(FIRST).complete();
        ReaderState position = positionBehind(topic, 3);
        topic.identity(new TopicIdentity(RecordedTopic.NAME, "B2", 2));

        assertRefused(
                topic,
                position,
                "topic tokens was deleted and recreated",
                "offsets of the checkpoint do not belong to it",
                "new output folder");
    }

    @Test
    void aTopicWithMorePartitionsIsNotContinued() throws IOException {
        ReaderState position =
                positionBehind(new RecordedTopic(2, 8).identity(FIRST).complete(), 3);
        RecordedTopic more = new RecordedTopic(3, 8)
                .identity(new TopicIdentity(RecordedTopic.NAME, "A1", 3))
                .complete();

        assertRefused(more, position, "topic tokens has 3 partitions, had 2", "new output folder");
    }

    @Test
    void aCheckpointFromBeforeThereWereIdsIsContinued() throws IOException {
        ReaderState position = positionBehind(new RecordedTopic(2, 8).complete(), 3);
        assertThat(position.topic()).isNull();

        try (BatchFeed feed = feed(new RecordedTopic(2, 8).identity(FIRST).complete(), position)) {
            assertThat(feed.next(100, () -> {})).hasSize(5);
            assertThat(feed.position().topic())
                    .as("the next checkpoint knows it")
                    .isEqualTo(FIRST);
        }
    }

    @Test
    void recordsThatRetentionHasDeletedAreNamed() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 8).complete();
        ReaderState position = positionBehind(topic, 3);
        MockConsumer<String, byte[]> consumer = topic.consumer();
        consumer.updateBeginningOffsets(Map.of(new TopicPartition(RecordedTopic.NAME, 0), 3L));

        try (BatchFeed feed = new BatchFeed(topic.reader(consumer), training(), position)) {
            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("topic tokens, partition 0", "from offset 2 to 3", "retention");
        }
    }

    @Test
    void aTopicThatIsMadeAgainWhileItIsReadStopsTheStudent() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 8).identity(FIRST);
        try (BatchFeed feed = feed(topic, null)) {
            assertThat(feed.next(8, () -> {})).hasSize(8);
            topic.identity(new TopicIdentity(RecordedTopic.NAME, "B2", 2));

            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("deleted and recreated", "while it was read", "last checkpoint stays");
        }
    }

    @Test
    void anEndOfCorpusMarkerThatComesEarlyIsRefused() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 4);
        topic.end("c", 8);
        topic.add("c", 4, 4);

        try (BatchFeed feed = feed(topic, null)) {
            assertThatThrownBy(() -> feed.next(100, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(
                            "before tokens-0@",
                            "marker of corpus c comes too early",
                            "counts 8 batches",
                            "4 precede the markers",
                            "c/00000/0000004 follows");
        }
    }

    @Test
    void aMarkerThatCountsMoreThanTheTopicHoldsIsRefused() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 4);
        topic.end("c", 8);

        try (BatchFeed feed = feed(topic, null)) {
            assertThatThrownBy(() -> feed.next(100, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(
                            "holds 4 batches", "marker counts 8", "written too early, or records were lost")
                    .hasMessageNotContaining("dead-letter");
        }
    }

    @Test
    void nothingIsPolledForWhereNothingFollows() throws IOException {
        RecordedTopic topic = new RecordedTopic(4, 4);
        topic.end("c", 8);

        try (BatchFeed feed = feed(topic, null)) {
            assertThatThrownBy(() -> feed.next(100, () -> {})).hasMessageContainingAll("holds 4 batches", "counts 8");
        }
        assertThat(topic.emptyPolls()).isZero();
    }

    @Test
    void aReaderThatCannotBeginLeavesNoClientBehind() throws IOException {
        MockConsumer<String, byte[]> consumer = new RecordedTopic(1, 1).consumer();
        consumer.updatePartitions(RecordedTopic.NAME, List.of());
        TopicWatch watch = TopicWatch.of(RecordedTopic.NAME, () -> null);

        assertThatThrownBy(() ->
                        new TopicReader(() -> consumer, RecordedTopic.NAME, null, "memory", CorpusWeights.NONE, watch))
                .hasMessageContaining("does not exist");
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void noConsumerIsMadeForATopicThatCannotBeWatched() {
        KafkaSettings kafka = new KafkaSettings(
                "127.0.0.1:1", null, Map.of("admin.retries", "none", "consumer.client.id", "left-open"));

        assertThatThrownBy(() -> new TopicReader(kafka, "missing", "group", null))
                .isInstanceOf(RuntimeException.class);
        assertThat(Stream.of(ManagementFactory.getPlatformMBeanServer()
                        .queryNames(null, null)
                        .toArray()))
                .noneMatch(bean -> bean.toString().contains("left-open"));
    }

    @Test
    void aMarkerThatCountsFewerThanTheTopicHoldsIsRefused() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 4);
        topic.end("c", 3);

        try (BatchFeed feed = feed(topic, null)) {
            assertThatThrownBy(() -> feed.next(100, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("holds 4 batches, more than the 3");
        }
    }

    @Test
    void aMarkerThatCountsOtherTokensThanTheTopicHoldsIsRefused() throws IOException {
        RecordedTopic topic = new RecordedTopic(1, 4);
        topic.end(0, "c", 4, 400);

        try (BatchFeed feed = feed(topic, null)) {
            assertThatThrownBy(() -> feed.next(100, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("4 predicted tokens in its 4 batches", "count 400");
        }
    }

    @Test
    void markersOfOneCorpusThatContradictEachOtherAreRefused() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 4);
        topic.end(0, "c", 4);
        topic.end(1, "c", 5);

        try (BatchFeed feed = feed(topic, null)) {
            assertThatThrownBy(() -> feed.next(100, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("tokens-1@", "counts 5 batches", "counts 4");
        }
    }

    @Test
    void aStudentWithoutTheRightToItsGroupIsRefusedAtOnce() throws IOException {
        RecordedTopic topic = new RecordedTopic(2, 8);
        MockConsumer<String, byte[]> refusing = topic.refusing(GroupAuthorizationException.forGroupId("students"));

        try (BatchFeed feed = new BatchFeed(topic.reader(refusing), training(), null)) {
            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("consumer group students", "Read on the group", "--group");
        }
    }

    private static ReaderState positionBehind(RecordedTopic topic, int batches) throws IOException {
        try (BatchFeed feed = feed(topic, null)) {
            assertThat(feed.next(batches, () -> {})).hasSize(batches);
            return feed.position();
        }
    }

    private static void assertRefused(RecordedTopic topic, ReaderState position, String... parts) throws IOException {
        try (BatchFeed feed = feed(topic, position)) {
            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(parts);
        }
    }

    private static BatchFeed feed(RecordedTopic topic, ReaderState from) throws IOException {
        return new BatchFeed(topic.reader(), training(), from);
    }

    private static TrainingConfig training() throws IOException {
        return new ObjectMapper().readValue("{}", TrainingConfig.class);
    }
}
