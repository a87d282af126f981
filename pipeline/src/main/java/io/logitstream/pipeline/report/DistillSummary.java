package io.logitstream.pipeline.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * Result of a distillation, as in {@code summary.json}.
 *
 * @param teacher scores of the teacher on the held-out text
 * @param students scores of the students by name: {@code pd} distilled, {@code lm} the baseline without a teacher
 * @param tokens predicted tokens that each student was trained on
 * @param bytesPerToken bytes of the logits topic on disk per predicted token
 * @param recordBytesPerToken bytes of the logits records per predicted token, before Kafka's compression
 * @param teacherCorpusLoss loss of the teacher on the text that it has read in this run, in nats per token; null if it
 *     does not tell, which only a served teacher does
 * @param seconds wall-clock time of this run, from start to table
 */
public record DistillSummary(
        ModelScores teacher,
        Map<String, ModelScores> students,
        long tokens,
        double bytesPerToken,
        double recordBytesPerToken,
        @JsonInclude(JsonInclude.Include.NON_NULL) Double teacherCorpusLoss,
        double seconds) {}
