package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the cluster answers of a topic that is read. */
class TopicWatchTest {
    private static final String THERE = "there";

    private final Queue<Object> answers = new ArrayDeque<>();

    @Test
    void aTopicThatTwoLooksInARowDoNotFindWasDeleted() {
        TopicWatch watch = watch(THERE, unknown(), unknown());

        watch.requireSame();
        assertThatThrownBy(watch::requireSame)
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("topic tokens was deleted while it was read");
    }

    @Test
    void aBrokerThatDoesNotKnowTheTopicYetStopsNothing() {
        TopicWatch watch =
                watch(THERE, unknown(), THERE, unknown(), failure(new TimeoutException("late")), unknown(), THERE);

        IntStream.range(0, 6).forEach(look -> assertThatCode(watch::requireSame).doesNotThrowAnyException());
        assertThat(answers).isEmpty();
    }

    static List<KafkaException> passing() {
        return List.of(
                new TimeoutException("late"),
                new SaslAuthenticationException("expired"),
                new KafkaException("Failed to resolve broker"));
    }

    @ParameterizedTest
    @MethodSource("passing")
    void whatDoesNotTellOfTheTopicStopsNothing(KafkaException failure) {
        TopicWatch watch = watch(THERE, failure(failure), failure(failure));

        watch.requireSame();
        watch.requireSame();
        assertThat(answers).isEmpty();
    }

    @Test
    void aRightThatIsTakenAwayIsNamed() {
        TopicWatch watch = watch(
                THERE,
                failure(new TopicAuthorizationException("Not authorized")),
                new CompletionException(failure(new TopicAuthorizationException("Not authorized"))));

        for (int look = 0; look < 2; look++) {
            assertThatThrownBy(watch::requireSame)
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessage("topic tokens: the broker refuses to describe it (needs Describe)");
        }
    }

    @Test
    void aTopicThatIsNotThereAtTheBeginningIsMissedAtOnce() {
        assertThatThrownBy(() -> watch(unknown()))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageNotContaining("deleted");
        assertThatThrownBy(() -> watch(failure(new SaslAuthenticationException("wrong password"))))
                .isInstanceOf(LogitstreamException.class);
    }

    private TopicWatch watch(Object... looks) {
        answers.addAll(List.of(looks));
        return TopicWatch.of("tokens", () -> {
            if (answers.remove() instanceof RuntimeException failure) {
                throw failure;
            }
            return new TopicIdentity("tokens", "A1", 2);
        });
    }

    private static LogitstreamException unknown() {
        return failure(new UnknownTopicOrPartitionException("This server does not host this topic-partition."));
    }

    private static LogitstreamException failure(KafkaException cause) {
        return new LogitstreamException("topic tokens: the broker refuses to describe it (needs Describe)", cause);
    }
}
