package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An archive read as the topic that it was made from. */
class ArchiveRecordsTest {
    private static final TopicIdentity IDENTITY = new TopicIdentity(RecordedTopic.NAME, "topic-id", 3);

    @TempDir
    private Path folder;

    @Test
    void batchesAndPositionsAreThoseOfTheTopic() throws IOException {
        RecordedTopic topic = new RecordedTopic(3, 20).identity(IDENTITY).complete();
        Archive archive = topic.archive(folder);

        try (TopicReader ofTopic = topic.reader();
                TopicReader ofArchive = topic.reader(archive)) {
            for (int epoch = 0; epoch < 2; epoch++) {
                for (int i = 0; i < 20; i++) {
                    assertThat(next(ofArchive)).isEqualTo(next(ofTopic));
                    assertThat(ofArchive.state()).isEqualTo(ofTopic.state());
                }
                assertThat(ofArchive.next(() -> {})).isEmpty();
                assertThat(ofTopic.next(() -> {})).isEmpty();
                ofArchive.nextEpoch();
                ofTopic.nextEpoch();
            }
        }
        assertThat(new ArchiveRecords(archive).corpusTokens()).isEqualTo(20);
    }

    @Test
    void theSizeIsThatOfAllCorporaThatEndTheTopicTogether(@TempDir Path other) throws IOException {
        // The markers are in both files of the archive.
        RecordedTopic mixture = new RecordedTopic(1, 2);
        int size = 2;
        for (String corpus : List.of("c", "d", "e", "f")) {
            mixture.end(corpus, size++);
        }
        assertThat(new ArchiveRecords(mixture.archive(folder)).corpusTokens()).isEqualTo(2 + 3 + 4 + 5);

        RecordedTopic apart = new RecordedTopic(1, 2);
        apart.end("c", 2);
        apart.add("d", 0, 7);
        apart.end("d", 9);
        assertThat(new ArchiveRecords(apart.archive(other)).corpusTokens()).isEqualTo(9);
    }

    @Test
    void aRunContinuesAtThePositionOfAnyPointWhetherFromTheTopicOrTheArchive() throws IOException {
        RecordedTopic topic = new RecordedTopic(3, 14).identity(IDENTITY).complete();
        Archive archive = topic.archive(folder);
        for (int taken = 0; taken <= 14; taken++) {
            List<String> whole = new ArrayList<>();
            ReaderState state;
            try (TopicReader first = taken % 2 == 0 ? topic.reader() : topic.reader(archive)) {
                for (int i = 0; i < taken; i++) {
                    whole.add(next(first));
                }
                state = first.state();
            }
            try (TopicReader second = topic.reader(archive)) {
                second.restore(state, () -> {});
                for (Optional<TrainingBatch> batch = second.next(() -> {});
                        batch.isPresent();
                        batch = second.next(() -> {})) {
                    whole.add(batch.get().key().toString());
                }
            }
            assertThat(whole).hasSize(14).doesNotHaveDuplicates();
        }
    }

    @Test
    void anArchiveWithoutItsEndMarkersEndsWithOneLineInsteadOfWaiting() throws IOException {
        RecordedTopic topic = new RecordedTopic(3, 6).identity(IDENTITY);
        Archive archive = topic.archive(folder);

        try (TopicReader reader = topic.reader(archive)) {
            for (int i = 0; i < 6; i++) {
                next(reader);
            }
            assertThatThrownBy(() -> reader.next(() -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(folder.toString(), "partition 0 ends at offset 2", "end-of-corpus marker");
        }
        assertThatThrownBy(() -> new ArchiveRecords(archive).corpusTokens())
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("training.tokens");
    }

    @Test
    void aCheckpointOfAnotherTopicIsRefused() throws IOException {
        RecordedTopic topic = new RecordedTopic(3, 6).identity(IDENTITY).complete();
        Archive archive = topic.archive(folder);
        topic.identity(new TopicIdentity(RecordedTopic.NAME, "another-id", 3));
        ReaderState state;
        try (TopicReader first = topic.reader()) {
            next(first);
            state = first.state();
        }

        try (TopicReader second = topic.reader(archive)) {
            assertThatThrownBy(() -> second.restore(state, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll(folder.toString(), "another-id", "do not belong to the archive");
        }
    }

    @Test
    void theLagCountsTheRecordsToCome() throws IOException {
        RecordedTopic topic = new RecordedTopic(3, 21).identity(IDENTITY).complete();

        try (TopicReader reader = topic.reader(topic.archive(folder))) {
            assertThat(reader.lag()).isEqualTo(24);
            next(reader);
            assertThat(reader.lag()).isEqualTo(23);
        }
    }

    private static String next(TopicReader reader) {
        return reader.next(() -> {}).orElseThrow().key().toString();
    }
}
