package io.logitstream.pipeline.stages;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.files.Sha256;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.training.LogitsEmitter;
import io.logitstream.teacher.online.EmittedLogitsWriter;
import java.util.Map;
import java.util.TreeMap;

/**
 * Emits the logits of a training to a logits topic. The adapter between student-consumer, which trains, and teacher-stream,
 * which writes: neither of the two depends on the other.
 */
public final class LogitsTopicEmitter implements LogitsEmitter {
    private final EmittedLogitsWriter writer;

    /** @param writer writes the logits; closed by {@link #close} */
    public LogitsTopicEmitter(EmittedLogitsWriter writer) {
        this.writer = writer;
    }

    /**
     * The hash that stands in the records for the teacher's weights, since hashing the weights at every step would be too
     * slow: the SHA-256 of the settings that determine the weights, as lines {@code key=value} sorted by key. The folder of
     * a start is not one of them: its weights have a key of their own.
     */
    static String hash(JsonNode settings) {
        Map<String, Object> values = new TreeMap<>(FlatValues.of((Object) StudentStart.withoutFolder(settings)));
        StringBuilder lines = new StringBuilder();
        values.forEach(
                (key, value) -> lines.append(key).append('=').append(value).append('\n'));
        return Sha256.hex(lines.toString());
    }

    @Override
    public void begin(TokenBatch batch, int partition, long step) {
        writer.begin(batch, partition, step);
    }

    @Override
    public void add(NDArray logits_CV) {
        writer.add(logits_CV);
    }

    @Override
    public void endStep() {
        writer.endStep();
    }

    @Override
    public void commit() {
        writer.commit();
    }

    @Override
    public void finish(long batches, long predictedTokens) {
        writer.finish(batches, predictedTokens);
    }

    @Override
    public void close() {
        writer.close();
    }
}
