package io.logitstream.student.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The settings of a run that influence its weights. */
public final class EffectiveSettings {
    /** Keys that have an influence with alpha 0, where the schedule may be that of the text's weight. */
    private static final List<String> OF_THE_TEXT_ALONE = List.of("alpha", "scheduleOf", "alphaSchedule");

    private EffectiveSettings() {}

    /**
     * A copy without the keys that have no influence: the folder of a start, whose weights have a key of their own, and
     * with alpha 0 those of the distillation loss.
     *
     * @param settings settings of a run, as in its checkpoints
     */
    public static JsonNode of(JsonNode settings) {
        JsonNode copy = StudentStart.withoutFolder(settings);
        if (copy.path("loss") instanceof ObjectNode loss && loss.path("alpha").asDouble(1) == 0) {
            loss.retain(OF_THE_TEXT_ALONE);
        }
        return copy;
    }
}
