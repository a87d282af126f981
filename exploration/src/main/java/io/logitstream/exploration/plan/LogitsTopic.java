package io.logitstream.exploration.plan;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.status.TextLoss;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A logits topic of an exploration, as in {@code topics.json}.
 *
 * @param name name of the topic
 * @param tokens tokens topic that it is computed from
 * @param teacher folder of the teacher
 * @param teacherHash hash of the teacher's weights
 * @param codec payload codec
 * @param precision precision of the teacher; null for float32
 * @param support rule of its kept entries; null if the topic belongs to others and is only read
 * @param teacherForwards batches that the teacher has computed for it in this folder's runs, including repetitions
 *     after a crash; 0 if the topic was complete already
 * @param teacherSeconds wall-clock seconds of that work
 * @param teacherText the teacher's loss on the batches of that work; null if it does not tell, which only a served one
 *     does
 * @param complete whether every partition ends with an end-of-corpus marker
 * @param size size of the topic; null before it was measured
 */
public record LogitsTopic(
        String name,
        String tokens,
        String teacher,
        String teacherHash,
        String codec,
        @JsonInclude(JsonInclude.Include.NON_NULL) String precision,
        SupportRule support,
        long teacherForwards,
        double teacherSeconds,
        @JsonInclude(JsonInclude.Include.NON_NULL) TextLoss teacherText,
        boolean complete,
        Size size) {
    /**
     * Size of a topic, bytes per predicted token.
     *
     * @param batches number of batches
     * @param predictedTokens number of predicted tokens
     * @param recordBytes bytes of keys and values per token, before Kafka's compression
     * @param diskBytes bytes on disk per token; null if the cluster does not report it
     * @param cut estimated bytes on disk per token with narrower supports, by the text of the rule
     */
    public record Size(
            long batches, long predictedTokens, double recordBytes, Double diskBytes, Map<String, Double> cut) {
        /** Bytes on disk, or of the records if the cluster does not report disk sizes. */
        @JsonIgnore
        public double best() {
            return diskBytes != null ? diskBytes : recordBytes;
        }
    }

    /** Whether the topic belongs to others and is only read. */
    @JsonIgnore
    public boolean given() {
        return support == null;
    }

    /** Whether a run with these tokens, this teacher and this support can read the topic. */
    public boolean serves(
            String tokensTopic, String hashOfTeacher, String codecName, String precisionOfTeacher, SupportRule needed) {
        return !given()
                && tokens.equals(tokensTopic)
                && teacherHash.equals(hashOfTeacher)
                && codec.equals(codecName)
                && Objects.equals(precision, precisionOfTeacher)
                && support.covers(needed);
    }

    /**
     * The topic after more work of the teacher.
     *
     * @param text the teacher's loss on the batches of all its work; null if it does not tell
     */
    public LogitsTopic taught(long forwards, double seconds, TextLoss text, boolean nowComplete) {
        return new LogitsTopic(
                name,
                tokens,
                teacher,
                teacherHash,
                codec,
                precision,
                support,
                forwards,
                seconds,
                text,
                nowComplete,
                size);
    }

    /** The topic with a measured size. */
    public LogitsTopic measured(Size measured) {
        return new LogitsTopic(
                name,
                tokens,
                teacher,
                teacherHash,
                codec,
                precision,
                support,
                teacherForwards,
                teacherSeconds,
                teacherText,
                complete,
                measured);
    }

    /** Bytes per token that a topic with a given support takes; null if not measured. */
    public Double bytesPerToken(SupportRule of) {
        return size == null
                ? null
                : of == null || of.equals(support)
                        ? Double.valueOf(size.best())
                        : size.cut().get(of.text());
    }

    /** The size with estimates for further supports. */
    public static Size with(Size size, Map<String, Double> more) {
        Map<String, Double> cut = new LinkedHashMap<>(size.cut());
        cut.putAll(more);
        return new Size(size.batches(), size.predictedTokens(), size.recordBytes(), size.diskBytes(), cut);
    }
}
