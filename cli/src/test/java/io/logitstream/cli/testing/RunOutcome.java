package io.logitstream.cli.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The results of a distillation in which two equal runs must agree.
 *
 * @param tokens records of the tokens topic
 * @param logits records of the logits topic
 * @param heldOut records of the held-out topic
 * @param pd the distilled student
 * @param lm the baseline
 * @param summary the summary without times and disk sizes
 */
public record RunOutcome(
        List<TopicKeys.Entry> tokens,
        List<TopicKeys.Entry> logits,
        List<TopicKeys.Entry> heldOut,
        Student pd,
        Student lm,
        JsonNode summary) {
    /** Weights as a string in ISO 8859-1, so that equal strings mean equal bytes, and the lines of the log. */
    public record Student(String weights, List<String> metrics) {
        public static Student read(Path folder) throws IOException {
            return new Student(
                    Files.readString(folder.resolve("model.safetensors"), StandardCharsets.ISO_8859_1),
                    Files.readAllLines(folder.resolve("metrics.jsonl")));
        }

        @Override
        public String toString() {
            return "student of weights " + weights.hashCode() + " after " + metrics.size() + " steps";
        }
    }

    /** Reads the output folder of a distillation with an embedded cluster. */
    public static RunOutcome read(Path out) throws IOException {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(out, EmbeddedSettings.defaults())) {
            KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
            ObjectNode summary = (ObjectNode)
                    new ObjectMapper().readTree(out.resolve("summary.json").toFile());
            summary.remove(List.of("seconds", "bytesPerToken"));
            return new RunOutcome(
                    TopicKeys.read(kafka, "tokens"),
                    TopicKeys.read(kafka, "logits"),
                    TopicKeys.read(kafka, "held-out"),
                    Student.read(out.resolve("students/pd")),
                    Student.read(out.resolve("students/lm")),
                    summary);
        }
    }
}
