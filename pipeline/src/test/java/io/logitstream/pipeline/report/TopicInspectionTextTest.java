package io.logitstream.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.pipeline.inspection.TopicInspection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicInspectionTextTest {
    @Test
    void aTopicOfAServedTeacherIsSaidToHaveNoStatistics() {
        assertThat(CommandResults.inspection(topic(0, null)))
                .contains("entropy      no statistics (served teacher)")
                .doesNotContain("nats");
    }

    @Test
    void theMeanEntropyIsThatOfTheRecordsWithStatistics() {
        assertThat(CommandResults.inspection(topic(1000, 2.5))).endsWith("entropy      2.500 nats, the teacher's mean");
        assertThat(CommandResults.inspection(topic(400, 2.5)))
                .contains("2.500 nats, the teacher's mean over 400 tokens; the other 600 have no statistics");
    }

    private static TopicInspection topic(long tokensWithStatistics, Double entropy) {
        return new TopicInspection(
                "logits",
                "logits",
                4,
                true,
                true,
                Map.of("demo", 10L),
                Map.of("demo", 10L),
                1000,
                55.5,
                null,
                List.of("tokenizer"),
                List.of("teacher (weights hash)"),
                List.of("top-k p=1.0 k=50"),
                List.of("compact-1-supports"),
                new TopicInspection.Kept(50, 50, 50),
                0.99,
                tokensWithStatistics,
                entropy,
                new TopicInspection.BytesPerToken(4, 30, 20, 1, 0.5));
    }
}
