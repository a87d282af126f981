package io.logitstream.cli.distill;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.report.CorpusIdentity;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.student.config.RunSettings;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.List;

/**
 * The settings that decide whether two starts of {@code distill} are the same run, as in {@code run.json}: all that the
 * topics are made from. Settings of the students are part of their checkpoints.
 *
 * @param corpus text that is published
 * @param heldOut text to evaluate on
 * @param topics names and settings of the topics
 * @param tokenizer hash of the tokenizer
 * @param vocabulary identity of its ids and merges, by which another file of the same tokenizer is recognised
 * @param teacher hash of the teacher's weights, or of the served model's name
 * @param teacherPrecision precision of the teacher; null for float32
 * @param selection selection of the teacher's logits
 * @param codec layout of the payload
 */
record RunIdentity(
        CorpusIdentity corpus,
        CorpusIdentity heldOut,
        TopicsConfig topics,
        String tokenizer,
        @JsonInclude(JsonInclude.Include.NON_NULL) String vocabulary,
        String teacher,
        @JsonInclude(JsonInclude.Include.NON_NULL) String teacherPrecision,
        SelectionConfig selection,
        String codec) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The identity of a run with this configuration.
     *
     * @param teacherHash hash of the configured teacher
     */
    static RunIdentity of(LogitstreamConfig config, Tokenizer tokenizer, String teacherHash) {
        return new RunIdentity(
                CorpusIdentity.of(config.corpus(), tokenizer),
                CorpusIdentity.of(config.heldOut(), tokenizer),
                config.topics(),
                tokenizer.hash(),
                tokenizer.identity().vocabulary(),
                teacherHash,
                TeacherIdentity.precision(config),
                config.selection(),
                config.teach().codec());
    }

    /**
     * Requires that this is the run that a folder was started with. Folders of earlier versions are understood.
     *
     * @param saved content of {@code run.json}
     * @param where what holds it, for the message
     * @throws UsageException naming each key that differs, with both values
     */
    void requireSame(JsonNode saved, String where) {
        JsonNode before = saved.deepCopy();
        JsonNode now = JSON.valueToTree(this);
        for (String text : List.of("corpus", "heldOut")) {
            if (before.get(text) instanceof ObjectNode savedText && now.get(text) instanceof ObjectNode currentText) {
                CorpusIdentity.reconcile(savedText, currentText);
            }
        }
        if (now instanceof ObjectNode current) {
            JsonNode ids = current.remove("vocabulary");
            JsonNode savedIds = ((ObjectNode) before).remove("vocabulary");
            if (ids != null && ids.equals(savedIds)) {
                current.set("tokenizer", before.path("tokenizer"));
            }
        }
        RunSettings.requireSame(now, before, where);
    }
}
