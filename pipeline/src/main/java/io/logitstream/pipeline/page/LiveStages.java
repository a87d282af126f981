package io.logitstream.pipeline.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.pipeline.status.StagePosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts the positions of publisher and teacher from offsets to predicted tokens, which is what a page shows. Not
 * thread-safe.
 */
final class LiveStages {
    /**
     * A stage in predicted tokens.
     *
     * @param part fraction done, 0 to 1; null if unknown
     * @param tokens predicted tokens done; null if unknown
     * @param tokensEnd predicted tokens of the whole stage; null if unknown
     * @param lag offsets left to read; null for a publisher
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Stage(
            String stage,
            String name,
            Double part,
            Long tokens,
            Long tokensEnd,
            Double tokensPerSecond,
            Long lag,
            Double secondsLeft,
            Boolean complete) {}

    private record PublishedText(long tokens, double part) {}

    private final Map<String, PublishedText> published = new HashMap<>();
    private Map<String, String> topicsOfGroups = Map.of();

    /**
     * Sets the text published to a topic.
     *
     * @param tokens predicted tokens
     * @param part fraction of the corpus, 0 to 1; NaN if unknown
     */
    void setPublished(String topic, long tokens, double part) {
        published.put(topic, new PublishedText(tokens, part));
    }

    /** Sets the input topic of each consumer group. */
    void setTopicsOfGroups(Map<String, String> topics) {
        topicsOfGroups = topics;
    }

    /** Stages of the given positions. A logits topic is left out: its group's position says the same. */
    List<Stage> of(List<StagePosition> positions) {
        List<Stage> stages = new ArrayList<>();
        for (StagePosition position : positions) {
            boolean group = topicsOfGroups.containsKey(position.name());
            if (position.stage().equals("produce")) {
                stages.add(publisher(position, published.get(position.name())));
            } else if (group && position.end() != null) {
                stages.add(teacher(position, published.get(topicsOfGroups.get(position.name()))));
            }
        }
        return stages;
    }

    private static Stage publisher(StagePosition position, PublishedText text) {
        Double part = text == null || Double.isNaN(text.part) ? null : Double.valueOf(text.part);
        return new Stage(
                position.stage(),
                position.name(),
                part,
                text == null ? null : Long.valueOf(text.tokens),
                null,
                text == null ? null : tokensPerSecond(position, text, position.position()),
                null,
                null,
                isComplete(position) || part != null && part >= 1);
    }

    private static Stage teacher(StagePosition position, PublishedText text) {
        double part = isComplete(position)
                ? 1
                : position.end() == 0 ? 0 : Math.min(1, (double) position.position() / position.end());
        return new Stage(
                position.stage(),
                position.name(),
                part,
                text == null ? null : Long.valueOf(Math.round(part * text.tokens)),
                text == null ? null : Long.valueOf(text.tokens),
                text == null ? null : tokensPerSecond(position, text, position.end()),
                position.lag(),
                position.secondsLeft(),
                isComplete(position));
    }

    private static boolean isComplete(StagePosition position) {
        return Boolean.TRUE.equals(position.complete());
    }

    private static Double tokensPerSecond(StagePosition position, PublishedText text, long offsets) {
        return position.perSecond() == null || offsets == 0
                ? null
                : Double.valueOf(position.perSecond() * text.tokens / offsets);
    }
}
