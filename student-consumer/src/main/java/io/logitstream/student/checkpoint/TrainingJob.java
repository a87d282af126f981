package io.logitstream.student.checkpoint;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.config.EffectiveSettings;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.RunSettings;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * One student to train.
 *
 * @param topic logits topic, or tokens topic with alpha 0
 * @param sizedBy topics whose end-of-corpus markers tell the length of a run without training.tokens, the first that has
 *     one: {@code topic}, and the one that it is made from, which is complete before
 * @param group consumer group that shows its lag
 * @param out folder of the student: the finished model, {@code metrics.jsonl} and {@code checkpoints/}
 * @param tokenizer tokenizer that made the topic
 * @param student shape
 * @param training how it is trained
 * @param loss its loss
 * @param device {@code cpu} or {@code cuda:N}
 * @param exportType type of the weights of the finished model and of exports
 * @param heldOut tokens topic to evaluate on; null for none
 */
public record TrainingJob(
        String topic,
        List<String> sizedBy,
        String group,
        Path out,
        Tokenizer tokenizer,
        StudentConfig student,
        TrainingConfig training,
        LossConfig loss,
        String device,
        DataType exportType,
        String heldOut) {

    /** Copies the list. */
    public TrainingJob {
        sizedBy = List.copyOf(sizedBy);
    }

    Path checkpoints() {
        return out.resolve("checkpoints");
    }

    /** Whether the last checkpoint in the folder is of the same settings; also where there is none. */
    public boolean continues() {
        Path checkpoint = Checkpoints.of(this).latest();
        if (checkpoint == null) {
            return true;
        }
        TrainingState state = Checkpoints.state(checkpoint);
        long budget = training.tokens() == null ? state.budget() : training.tokens();
        return RunSettings.same(EffectiveSettings.of(settings(budget)), EffectiveSettings.of(state.settings()));
    }

    /** What makes two runs the same run: all that has an influence on the weights. */
    public JsonNode settings(long budget) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode settings = mapper.createObjectNode();
        settings.put("topic", topic);
        settings.put("tokenizer", tokenizer.hash());
        settings.set("student", mapper.valueToTree(student));
        ObjectNode trainingSettings = mapper.valueToTree(training.withTokens(budget));
        // Weights of corpora may change on the way; the checkpoints say from where on.
        trainingSettings.remove(List.of(
                "checkpointSteps", "checkpointMinutes", "keepCheckpoints", "keepEvery", "recompute", "corpora"));
        settings.set("training", trainingSettings);
        settings.set("loss", mapper.valueToTree(loss));
        return settings;
    }
}
