package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.training.TrainingPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run of an exploration: a variant with a seed. Runs of the same settings are the same run, whatever their variants
 * are called.
 *
 * @param id hash of all that has an influence on the outcome
 * @param variant variant that it was planned for first
 * @param config its configuration; the topics are those of the exploration
 * @param support what it sees of the teacher's distributions; null with alpha 0
 * @param teacherHash hash of the teacher's weights
 * @param givenLogits whether the configuration names a logits topic of its own, which is only read
 * @param plan what its training takes
 */
public record RunSpec(
        String id,
        String variant,
        LogitstreamConfig config,
        SupportRule support,
        String teacherHash,
        boolean givenLogits,
        TrainingPlan plan) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DIGITS = 10;
    /** Parts of the training that change nothing about its outcome. */
    private static final List<String> WITHOUT_INFLUENCE =
            List.of("checkpointSteps", "checkpointMinutes", "keepCheckpoints", "keepEvery", "recompute");

    /** What has an influence on the outcome, as text to be hashed. */
    static ObjectNode identity(LogitstreamConfig config, SupportRule support, String teacherHash, String givenTopic) {
        ObjectNode identity = JSON.createObjectNode();
        identity.put("tokens", config.topics().tokens());
        identity.put("heldOut", config.topics().heldOut());
        identity.set("student", JSON.valueToTree(config.student()));
        ObjectNode training = JSON.valueToTree(config.training());
        training.remove(WITHOUT_INFLUENCE);
        identity.set("training", training);
        // Without a teacher a run is the same beside any of them.
        if (support != null) {
            identity.put("teacher", teacherHash);
            ObjectNode loss = JSON.valueToTree(config.loss());
            loss.remove(List.of("topP", "topK"));
            identity.set("loss", loss);
            identity.set("support", JSON.valueToTree(support));
            identity.put("codec", config.teach().codec());
            identity.put("logits", givenTopic);
        }
        return identity;
    }

    /** A short hash of a tree, the same for the same tree always. */
    static String hash(Object tree) {
        return Sha256.hex(tree.toString()).substring(0, DIGITS);
    }

    public long seed() {
        return config.training().seed();
    }

    /** Folder of the student: readable first, and found again by its id. */
    public String folder() {
        return variant + "-seed" + seed() + "-" + id;
    }

    /** Predicted tokens of the run, before its corpus is known an upper bound of them; 0 where there is none. */
    public long tokens() {
        Long budget = config.training().tokens();
        Long corpus = config.corpus().maxTokens();
        return budget != null
                ? budget
                : corpus == null ? 0 : corpus * config.training().epochs();
    }

    /** Floating-point operations of its training. */
    public double operations() {
        return tokens() * plan.operationsPerToken();
    }

    /** Memory of its tensors in bytes, with some for what the estimate does not know. */
    public long bytes() {
        return plan.bytes(config.training().recompute()) + (64L << 20);
    }

    /** All of its settings, flat. */
    public Map<String, Object> settings() {
        Map<String, Object> all = new LinkedHashMap<>();
        FlatValues.of((Object) config.student()).forEach((key, value) -> all.put("student." + key, value));
        FlatValues.of((Object) config.training()).forEach((key, value) -> all.put("training." + key, value));
        FlatValues.of((Object) config.loss()).forEach((key, value) -> all.put("loss." + key, value));
        all.put("teacher", config.teacher());
        if (support != null) {
            all.put("selection", support.text());
        }
        all.put("corpus", config.corpus().name());
        return all;
    }
}
