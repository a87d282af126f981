package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.student.config.TrainingConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several corpora in one topic: their ends, their weights, and weights that change. */
class CorporaFeedTest {
    private static final int EACH = 8;
    /** Marks of the batches of the second corpus begin here. */
    private static final int OLD = 100;

    private final RecordedTopic topic = new RecordedTopic(2, 0);

    @Test
    void theEndOfOneCorpusEndsNothingWhileAnotherGoesOn() throws IOException {
        add("new", 0, EACH / 2);
        add("old", OLD, EACH);
        topic.end("old", EACH);
        IntStream.range(EACH / 2, EACH).forEach(i -> topic.add("new", i, i));
        topic.end("new", EACH);

        assertThat(read("{}", null)).containsExactlyInAnyOrderElementsOf(marks(0, OLD));
    }

    @Test
    void aCorpusThatIsNamedIsWaitedForBeforeItsFirstBatch() throws IOException {
        add("old", OLD, EACH);
        topic.end("old", EACH);
        add("new", 0, EACH);
        topic.end("new", EACH);

        assertThat(read("{}", null)).as("without its name").containsExactlyElementsOf(marks(OLD));
        assertThat(read(corpora("\"new\":1"), null)).containsExactlyElementsOf(marks(OLD, 0));
    }

    @Test
    void aCorpusWithoutAnEndIsNotWaitedForOnceItIsWithdrawn() throws IOException {
        add("old", OLD, EACH);
        add("new", 0, EACH);
        topic.end("new", EACH);

        assertThat(read(corpora("\"old\":0"), null)).containsExactlyElementsOf(marks(0));
        try (BatchFeed feed = feed("{}", null)) {
            feed.next(2 * EACH, () -> {});
            assertThatThrownBy(() -> feed.next(1, () -> {
                        throw new CancellationException("waits");
                    }))
                    .as("not withdrawn")
                    .hasMessage("waits");
        }
    }

    @Test
    void theEndOfAWithdrawnCorpusIsNoEnd() throws IOException {
        add("old", OLD, EACH);
        topic.end("old", EACH);
        add("new", 0, EACH);
        topic.end("new", EACH);

        assertThat(read(corpora("\"old\":0"), null)).containsExactlyElementsOf(marks(0));
    }

    @Test
    void aCorpusThatBeginsBeforeTheOtherHasEndedEverywhereStopsNothing() throws IOException {
        add("old", OLD, EACH);
        topic.end(1, "old", EACH);
        add("new", 0, EACH);
        topic.end(0, "old", EACH);
        topic.end("new", EACH);

        assertThat(read("{}", null)).containsAll(marks(OLD)).hasSize(EACH + EACH / 2);
    }

    @ParameterizedTest
    @CsvSource({"\"old\":0", "\"old\":0.5"})
    void weightsThatAreTakenBackStopNothing(String weights) throws IOException {
        interleave();
        ReaderState position;
        try (BatchFeed feed = feed(corpora(weights), null)) {
            feed.next(3, () -> {});
            position = feed.position();
        }

        assertThat(position.tokens())
                .as("what a later start knows the weights by")
                .isNull();
        assertThat(read("{}", position)).anyMatch(mark -> mark >= OLD).anyMatch(mark -> mark < OLD);
    }

    @Test
    void anEpochWithoutWeightsIsHeldAgainstItsMarkersAgain() throws IOException {
        add("old", OLD, EACH);
        topic.end("old", EACH + 1);
        ReaderState position;
        try (BatchFeed feed = feed(corpora("\"old\":1"), null)) {
            feed.next(1, () -> {});
            position = feed.position();
        }

        assertThatThrownBy(() -> read("{\"epochs\":2}", position))
                .hasMessageContaining("holds 8 batches, but its end-of-corpus marker counts 9");
    }

    @Test
    void aBatchThatStandsTwiceIsFoundBetweenThoseOfOthers() throws IOException {
        add("new", 0, 2);
        add("old", OLD, 2);
        add("new", 0, 2);

        try (BatchFeed feed = feed("{}", null)) {
            assertThat(marks(feed.next(4, () -> {}))).containsExactly(0, 1, OLD, OLD + 1);
            assertThatThrownBy(() -> feed.next(1, () -> {}))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("a batch twice");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,1", "2,5", "1,40"})
    void withAnyWeightsItGoesOnBehindAnyStep(int count, int window) throws IOException {
        interleave();
        String training = corpora("\"old\":0.5,\"new\":2.5")
                .replace("{\"tokens\"", "{\"epochs\":2,\"seed\":3,\"shuffleWindow\":" + window + ",\"tokens\"");
        List<Integer> whole = read(training, null);

        assertThat(whole).anyMatch(mark -> mark >= OLD).hasSizeBetween(4 * EACH, 8 * EACH);
        for (int cut = 1; cut <= whole.size() / count; cut += 1 + 6 / count) {
            List<Integer> order = new ArrayList<>();
            ReaderState position;
            try (BatchFeed feed = feed(training, null)) {
                for (int i = 0; i < cut; i++) {
                    order.addAll(marks(feed.next(count, () -> {})));
                }
                position = feed.position();
            }
            order.addAll(read(training, position));

            assertThat(order).as("cut behind step " + cut).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "6"})
    void otherWeightsApplyToAllThatIsStillToComeAndTheSameAgain(int window) throws IOException {
        interleave();
        String before = "{\"shuffleWindow\":" + window + "}";
        String after =
                corpora("\"old\":0,\"new\":2").replace("{\"tokens\"", "{\"shuffleWindow\":" + window + ",\"tokens\"");
        ReaderState position;
        try (BatchFeed feed = feed(before, null)) {
            assertThat(marks(feed.next(5, () -> {}))).anyMatch(mark -> mark >= OLD);
            position = feed.position();
        }

        List<Integer> changed = read(after, position);

        assertThat(changed).noneMatch(mark -> mark >= OLD).hasSizeGreaterThan(EACH);
        assertThat(read(after, position)).isEqualTo(changed);
        ReaderState later;
        List<Integer> inTwoParts = new ArrayList<>();
        try (BatchFeed feed = feed(after, position)) {
            inTwoParts.addAll(marks(feed.next(3, () -> {})));
            later = feed.position();
        }
        inTwoParts.addAll(read(after, later));
        assertThat(inTwoParts).isEqualTo(changed);
    }

    @Test
    void aPartitionThatHadEndedGoesOnWhenAnotherCorpusIsNamed() throws IOException {
        add("old", OLD, EACH);
        topic.end("old", EACH);
        add("new", 0, EACH);
        topic.end("new", EACH);
        ReaderState position;
        try (BatchFeed feed = feed("{}", null)) {
            feed.next(EACH, () -> {});
            assertThat(feed.next(1, () -> {})).isEmpty();
            position = feed.position();
        }

        assertThat(read(corpora("\"new\":1"), position)).containsExactlyElementsOf(marks(0));
    }

    private void interleave() {
        for (int i = 0; i < EACH; i++) {
            topic.add("old", i, OLD + i);
            topic.add("new", i, i);
        }
        topic.end("new", EACH);
        topic.end("old", EACH);
    }

    private void add(String corpus, int firstMark, int batches) {
        IntStream.range(0, batches).forEach(i -> topic.add(corpus, i, firstMark + i));
    }

    private static List<Integer> marks(int... begins) {
        return IntStream.of(begins)
                .flatMap(begin -> IntStream.range(begin, begin + EACH))
                .boxed()
                .toList();
    }

    private static List<Integer> marks(List<TrainingBatch> batches) {
        return batches.stream().map(batch -> batch.tokens()[0]).toList();
    }

    private static String corpora(String weights) {
        return "{\"tokens\":1000,\"corpora\":{" + weights + "}}";
    }

    private List<Integer> read(String training, ReaderState from) throws IOException {
        List<Integer> all = new ArrayList<>();
        try (BatchFeed feed = feed(training, from)) {
            for (List<TrainingBatch> step = feed.next(1, () -> {}); !step.isEmpty(); step = feed.next(1, () -> {})) {
                all.addAll(marks(step));
            }
        }
        return all;
    }

    private BatchFeed feed(String json, ReaderState from) throws IOException {
        TrainingConfig training = new ObjectMapper().readValue(json, TrainingConfig.class);
        return new BatchFeed(topic.reader(topic.consumer(), CorpusWeights.of(training)), training, from);
    }
}
