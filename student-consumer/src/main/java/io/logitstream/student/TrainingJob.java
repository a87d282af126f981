package io.logitstream.student;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * One student to train.
 *
 * @param topic logits topic, or tokens topic with alpha 0
 * @param group consumer group that shows its lag
 * @param out folder of the student: the finished model, {@code metrics.jsonl} and {@code checkpoints/}
 * @param tokenizer tokenizer that made the topic
 * @param student shape
 * @param training how it is trained
 * @param loss its loss
 * @param device {@code cpu} or {@code cuda:N}
 * @param exportType type of the finished model's weights
 */
public record TrainingJob(String topic, String group, Path out, Tokenizer tokenizer, StudentConfig student,
    TrainingConfig training, LossConfig loss, String device, DataType exportType) {

  Path checkpoints() {
    return out.resolve("checkpoints");
  }

  /** What makes two runs the same run: all that has an influence on the weights. */
  JsonNode settings(long budget) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode settings = mapper.createObjectNode();
    settings.put("topic", topic);
    settings.put("tokenizer", tokenizer.hash());
    settings.set("student", mapper.valueToTree(student));
    ObjectNode trainingSettings = mapper.valueToTree(training.withTokens(budget));
    trainingSettings.remove(List.of("checkpointSteps", "checkpointMinutes", "keepCheckpoints", "keepEvery", "recompute"));
    settings.set("training", trainingSettings);
    settings.set("loss", mapper.valueToTree(loss));
    return settings;
  }
}
