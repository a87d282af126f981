package io.logitstream.pipeline.report;

import java.util.Map;

/**
 * Outcome of a distillation, as in {@code summary.json}.
 *
 * @param teacher the teacher on the held-out text
 * @param students the students on it: {@code pd} distilled, {@code lm} the baseline without a teacher
 * @param tokens predicted tokens that each student was trained on
 * @param bytesPerToken bytes of the logits topic on disk by predicted token
 * @param recordBytesPerToken the same before Kafka's compression
 * @param seconds wall-clock time of this run, from start to table
 */
public record DistillSummary(
        ModelScores teacher,
        Map<String, ModelScores> students,
        long tokens,
        double bytesPerToken,
        double recordBytesPerToken,
        double seconds) {}
