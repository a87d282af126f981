package io.logitstream.pipeline.report;

import java.util.Map;

/**
 * Result of a distillation, as in {@code summary.json}.
 *
 * @param teacher scores of the teacher on the held-out text
 * @param students scores of the students by name: {@code pd} distilled, {@code lm} the baseline without a teacher
 * @param tokens predicted tokens that each student was trained on
 * @param bytesPerToken bytes of the logits topic on disk per predicted token
 * @param recordBytesPerToken bytes of the logits records per predicted token, before Kafka's compression
 * @param seconds wall-clock time of this run, from start to table
 */
public record DistillSummary(
        ModelScores teacher,
        Map<String, ModelScores> students,
        long tokens,
        double bytesPerToken,
        double recordBytesPerToken,
        double seconds) {}
