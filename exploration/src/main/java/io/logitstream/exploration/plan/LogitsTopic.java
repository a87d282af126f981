package io.logitstream.exploration.plan;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.logitstream.pipeline.inspection.SupportRule;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A logits topic of an exploration, as in {@code topics.json}.
 *
 * @param name its name
 * @param tokens tokens topic that it is made from
 * @param teacher folder of the teacher
 * @param teacherHash hash of the teacher's weights
 * @param codec layout of its payloads
 * @param support what it holds; null where the topic is a given one, which is only read
 * @param teacherForwards batches that the teacher has computed for it in this folder's runs, repetitions after a crash
 *     included; 0 where the topic was found complete
 * @param teacherSeconds wall-clock seconds of that
 * @param complete whether every partition ends with an end-of-corpus marker
 * @param size what it takes, null before it has been measured
 */
public record LogitsTopic(
        String name,
        String tokens,
        String teacher,
        String teacherHash,
        String codec,
        SupportRule support,
        long teacherForwards,
        double teacherSeconds,
        boolean complete,
        Size size) {
    /**
     * Sizes by predicted token.
     *
     * @param batches batches in it
     * @param predictedTokens predicted tokens in it
     * @param recordBytes bytes of keys and values before Kafka's compression
     * @param diskBytes bytes on disk; null where the cluster does not tell
     * @param cut bytes on disk that a topic of a narrower support would take, by the support's text: a sample of records,
     *     cut down and encoded again
     */
    public record Size(
            long batches, long predictedTokens, double recordBytes, Double diskBytes, Map<String, Double> cut) {
        /** Bytes on disk, or of the records where the cluster does not tell. */
        @JsonIgnore
        public double best() {
            return diskBytes != null ? diskBytes : recordBytes;
        }
    }

    /** Whether it is only read, being made by others. */
    @JsonIgnore
    public boolean given() {
        return support == null;
    }

    /** Whether runs on these tokens with this teacher that see so much can be trained from it. */
    public boolean serves(String tokensTopic, String hashOfTeacher, String codecName, SupportRule needed) {
        return !given()
                && tokens.equals(tokensTopic)
                && teacherHash.equals(hashOfTeacher)
                && codec.equals(codecName)
                && support.covers(needed);
    }

    /** The same after more work of the teacher. */
    public LogitsTopic taught(long forwards, double seconds, boolean nowComplete) {
        return new LogitsTopic(
                name, tokens, teacher, teacherHash, codec, support, forwards, seconds, nowComplete, size);
    }

    /** The same, measured. */
    public LogitsTopic measured(Size measured) {
        return new LogitsTopic(
                name,
                tokens,
                teacher,
                teacherHash,
                codec,
                support,
                teacherForwards,
                teacherSeconds,
                complete,
                measured);
    }

    /** Bytes a token that a topic of a support takes; null where it was not measured. */
    public Double bytesPerToken(SupportRule of) {
        return size == null
                ? null
                : of == null || of.equals(support)
                        ? Double.valueOf(size.best())
                        : size.cut().get(of.text());
    }

    /** The sizes with one more narrower support. */
    public static Size with(Size size, Map<String, Double> more) {
        Map<String, Double> cut = new LinkedHashMap<>(size.cut());
        cut.putAll(more);
        return new Size(size.batches(), size.predictedTokens(), size.recordBytes(), size.diskBytes(), cut);
    }
}
