package io.logitstream.pipeline.stages;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.training.LogitsRecorder;
import io.logitstream.teacher.online.LearningTeacher;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Leads the logits of a training to the logits topic: training and teaching meet here, and nowhere else. */
public final class EmittedLogits implements LogitsRecorder {
    private final LearningTeacher teacher;

    /** @param teacher writes the logits; closed with this */
    public EmittedLogits(LearningTeacher teacher) {
        this.teacher = teacher;
    }

    /**
     * What a learning teacher's records have for the hash of its weights, which would be too dear to hash at every step:
     * the SHA-256 of the settings that the weights follow from, as lines {@code key=value} in the order of their keys.
     */
    static String hash(JsonNode settings) {
        Map<String, Object> values = new TreeMap<>(FlatValues.of((Object) settings));
        StringBuilder lines = new StringBuilder();
        values.forEach(
                (key, value) -> lines.append(key).append('=').append(value).append('\n'));
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(lines.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void begin(TokenBatch batch, int partition, long step) {
        teacher.begin(batch, partition, step);
    }

    @Override
    public void add(NDArray logits_CV) {
        teacher.add(logits_CV);
    }

    @Override
    public void endStep() {
        teacher.endStep();
    }

    @Override
    public void commit() {
        teacher.commit();
    }

    @Override
    public void finish(long batches, long predictedTokens) {
        teacher.finish(batches, predictedTokens);
    }

    @Override
    public void close() {
        teacher.close();
    }
}
