package io.logitstream.student.training;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.tokenizer.TokenizerVocabulary;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.student.checkpoint.Checkpoints;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.checkpoint.TrainingState;
import io.logitstream.student.config.EffectiveSettings;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.RunSettings;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.config.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The training of one student.
 *
 * @param topic logits topic; with alpha 0 also a tokens topic
 * @param sizedBy topics whose end-of-corpus markers give the length of a run without {@code training.tokens}, asked in
 *     order: {@code topic}, and the topic that it is made from, which is complete earlier
 * @param group consumer group to which offsets are committed for lag tools
 * @param out folder of the student, laid out as {@link StudentFolder} describes
 * @param tokenizer tokenizer with which the topic was written
 * @param student shape of the student
 * @param training training settings
 * @param loss loss settings
 * @param device {@code cpu} or {@code cuda:N}
 * @param exportType type of the weights of the finished model and of exports
 * @param heldOut tokens topic to evaluate on; null for none
 * @param archive archive that holds the topic, read in place of a cluster; null for a topic in a cluster
 * @param heldOutArchive archive that holds {@code heldOut}, read in place of a cluster; null for a topic in a cluster
 * @param documents how the documents of the topic have to be read; null if the topic decides
 * @param heldOutDocuments the same for {@code heldOut}
 */
public record TrainingJob(
        String topic,
        List<String> sizedBy,
        String group,
        Path out,
        Tokenizer tokenizer,
        StudentConfig student,
        TrainingConfig training,
        LossConfig loss,
        String device,
        DataType exportType,
        String heldOut,
        Archive archive,
        Archive heldOutArchive,
        Documents documents,
        Documents heldOutDocuments) {

    /** Copies the list. */
    public TrainingJob {
        sizedBy = List.copyOf(sizedBy);
    }

    /** A training from a topic in a cluster. */
    public TrainingJob(
            String topic,
            List<String> sizedBy,
            String group,
            Path out,
            Tokenizer tokenizer,
            StudentConfig student,
            TrainingConfig training,
            LossConfig loss,
            String device,
            DataType exportType,
            String heldOut) {
        this(
                topic,
                sizedBy,
                group,
                out,
                tokenizer,
                student,
                training,
                loss,
                device,
                exportType,
                heldOut,
                null,
                null,
                null,
                null);
    }

    /** Layout of the student's folder. */
    StudentFolder folder() {
        return new StudentFolder(out);
    }

    /** Checkpoints of the student. */
    Checkpoints checkpoints() {
        return new Checkpoints(folder().checkpoints(), training.keepCheckpoints(), training.keepEvery());
    }

    /** Whether the last checkpoint in the folder has the same settings; true where there is no checkpoint. */
    public boolean continues() {
        Path checkpoint = checkpoints().latest();
        if (checkpoint == null) {
            return true;
        }
        TrainingState state = Checkpoints.state(checkpoint);
        long budget = training.tokens() == null ? state.budget() : training.tokens();
        return RunSettings.same(
                EffectiveSettings.of(settings(budget, checkpoint, state.settings())),
                EffectiveSettings.of(state.settings()));
    }

    /**
     * The settings that influence the weights: two runs with equal settings are the same run.
     *
     * @param budget predicted tokens of the run
     * @param checkpoint folder of the last checkpoint; null for none
     * @param saved its settings; null for none
     */
    public JsonNode settings(long budget, Path checkpoint, JsonNode saved) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode settings = mapper.createObjectNode();
        settings.put("topic", topic);
        settings.put("tokenizer", tokenizerHash(checkpoint, saved));
        settings.set("student", StudentStart.identity(student, saved));
        ObjectNode trainingSettings = mapper.valueToTree(training.withTokens(budget));
        // Corpus weights may change during a run; checkpoints record from which offsets on.
        trainingSettings.remove(List.of(
                "checkpointSteps", "checkpointMinutes", "keepCheckpoints", "keepEvery", "recompute", "corpora"));
        settings.set("training", trainingSettings);
        settings.set("loss", mapper.valueToTree(loss));
        return settings;
    }

    // A run may continue with another tokenizer.json of the same ids. It keeps the hash of the one that it began with.
    private String tokenizerHash(Path checkpoint, JsonNode saved) {
        String before = saved == null ? "" : saved.path("tokenizer").asText();
        boolean sameIds = !before.isEmpty()
                && !before.equals(tokenizer.hash())
                && Files.exists(checkpoint.resolve("tokenizer.json"))
                && TokenizerVocabulary.read(checkpoint)
                        .identity()
                        .equals(tokenizer.identity().vocabulary());
        return sameIds ? before : tokenizer.hash();
    }
}
