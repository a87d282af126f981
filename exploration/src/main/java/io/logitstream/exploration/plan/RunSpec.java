package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.training.TrainingPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Specification of one run of an exploration: a variant with a seed. Two variants with the same settings and seed are
 * the same run.
 *
 * @param id hash of everything that influences the result
 * @param variant first variant that has this run
 * @param config configuration of the run; its topics are those of the exploration
 * @param support entries of the teacher's distributions that the student sees; null if alpha is 0
 * @param teacherHash hash of the teacher's weights
 * @param givenLogits whether the configuration names a logits topic, which is then only read
 * @param plan model and cost of the training
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
    /** Training settings that do not influence the result. */
    private static final List<String> WITHOUT_INFLUENCE =
            List.of("checkpointSteps", "checkpointMinutes", "keepCheckpoints", "keepEvery", "recompute");

    /**
     * Whether the run needs the texts in a tokens topic of the exploration: to be taught from, or to be trained on without
     * a teacher. A given logits topic serves only runs that learn from its logits.
     */
    public boolean needsTokens() {
        return support == null || !givenLogits;
    }

    /**
     * Everything that influences the result of a run, as a tree to be hashed.
     *
     * @param start content of the folder that the student starts from; null for random weights
     */
    static ObjectNode identity(
            LogitstreamConfig config,
            StudentStart.Content start,
            SupportRule support,
            String teacherHash,
            String givenTopic) {
        ObjectNode identity = JSON.createObjectNode();
        identity.put("tokens", config.topics().tokens());
        identity.put("heldOut", config.topics().heldOut());
        ObjectNode student = JSON.valueToTree(start == null ? config.student() : start);
        if (start != null) {
            student.setAll(StudentStart.changes(config.student()));
        }
        identity.set("student", student);
        ObjectNode training = JSON.valueToTree(config.training());
        training.remove(WITHOUT_INFLUENCE);
        identity.set("training", training);
        // A run without a teacher is the same for every teacher.
        if (support != null) {
            identity.put("teacher", teacherHash);
            ObjectNode loss = JSON.valueToTree(config.loss());
            loss.remove(List.of("topP", "topK"));
            identity.set("loss", loss);
            identity.set("support", JSON.valueToTree(support));
            identity.put("codec", config.teach().codec());
            identity.put("logits", givenTopic);
            String precision = TeacherIdentity.precision(config);
            if (precision != null && givenTopic == null) {
                identity.put("teacherPrecision", precision);
            }
        }
        return identity;
    }

    /** A short hash of the text of a tree. */
    static String hash(Object tree) {
        return Sha256.hex(tree.toString()).substring(0, DIGITS);
    }

    public long seed() {
        return config.training().seed();
    }

    /** Folder name of the student: variant and seed for readers, the id to find it again. */
    public String folder() {
        return variant + "-seed" + seed() + "-" + id;
    }

    /** Predicted tokens of the run. An upper bound while the corpus size is unknown; 0 if there is no bound. */
    public long tokens() {
        Long budget = config.training().tokens();
        Long corpus = config.corpus().maxTokens();
        return budget != null
                ? budget
                : corpus == null ? 0 : corpus * config.training().epochs();
    }

    /** Floating-point operations of the training. */
    public double operations() {
        return tokens() * plan.operationsPerToken();
    }

    /** Memory of the run's tensors in bytes, with a margin for what the estimate does not cover. */
    public long bytes() {
        return plan.bytes(config.training().recompute()) + (64L << 20);
    }

    /** All settings of the run as a flat map. */
    public Map<String, Object> settings() {
        Map<String, Object> all = new LinkedHashMap<>();
        FlatValues.of((Object) config.student()).forEach((key, value) -> all.put("student." + key, value));
        FlatValues.of((Object) config.training()).forEach((key, value) -> all.put("training." + key, value));
        FlatValues.of((Object) config.loss()).forEach((key, value) -> all.put("loss." + key, value));
        all.put("teacher", TeacherIdentity.name(config));
        if (support != null) {
            all.put("selection", support.text());
        }
        all.put("corpus", config.corpus().name());
        return all;
    }
}
