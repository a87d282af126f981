package io.logitstream.student.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The settings of a run that have an influence on its weights. */
public final class EffectiveSettings {
    /** With alpha 0 the schedule may still be one of the text's weight. */
    private static final List<String> OF_THE_TEXT_ALONE = List.of("alpha", "scheduleOf", "alphaSchedule");

    private EffectiveSettings() {}

    /**
     * A copy without what has no influence: a student on the text alone knows no loss of distillation.
     *
     * @param settings settings of a run, as in its checkpoints
     */
    public static JsonNode of(JsonNode settings) {
        JsonNode copy = settings.deepCopy();
        if (copy.path("loss") instanceof ObjectNode loss && loss.path("alpha").asDouble(1) == 0) {
            loss.retain(OF_THE_TEXT_ALONE);
        }
        return copy;
    }
}
