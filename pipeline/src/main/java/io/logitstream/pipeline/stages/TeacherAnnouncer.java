package io.logitstream.pipeline.stages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.checkpoint.CheckpointFolder;
import io.logitstream.teacher.announcement.AnnouncementTopic;
import io.logitstream.teacher.announcement.TeacherAnnouncement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Announces a teacher to the running teacher stream, after all checks that need none of its instances. */
public final class TeacherAnnouncer {
    private TeacherAnnouncer() {}

    /**
     * Checks a teacher and announces it.
     *
     * @param cluster connects to the cluster, once the teacher is checked
     * @param config configuration with the topics
     * @param teacher Hugging Face folder of the teacher, with its tokenizer
     * @param id name of the teacher in the records; null for the name of its folder
     * @param step training step of the teacher; null for the one in its checkpoint
     * @return announcement that was sent
     * @throws UsageException if the teacher cannot be used, or the topics were made with another tokenizer
     */
    public static TeacherAnnouncement announce(
            Supplier<KafkaSettings> cluster, LogitstreamConfig config, Path teacher, String id, Long step) {
        Path path = InputPath.require("teacher", teacher.toString());
        TokenizerIdentity tokenizer;
        try (Tokenizer loaded = Tokenizer.load(path)) {
            tokenizer = loaded.identity();
            requireModel(path, loaded.vocabularySize());
        }
        TeacherAnnouncement announcement = announcement(path, id, step);
        KafkaSettings kafka = cluster.get();
        TopicsConfig topics = config.topics();
        TopicTokenizerCheck.require(
                kafka, List.of(topics.tokens(), topics.logits()), topics.maxRecordBytes(), path, tokenizer);
        new StageContext(kafka, config).ensureTopics(topics.teachers());
        AnnouncementTopic.announce(kafka, topics.teachers(), topics.logits(), announcement);
        return announcement;
    }

    // A TorchScript file shows its vocabulary only when it runs. Only the instances know whether they have the memory.
    private static void requireModel(Path path, int vocabularySize) {
        if (TorchScriptFile.isTorchScript(path)) {
            return;
        }
        int vocabulary = LanguageModels.check(path, "cuda").vocabularySize();
        if (vocabulary < vocabularySize) {
            throw new UsageException(
                    path + ": the tokenizer has " + vocabularySize + " tokens, but the model's vocabulary is "
                            + vocabulary + "; announce a model together with the tokenizer that it was trained with");
        }
    }

    private static TeacherAnnouncement announcement(Path path, String id, Long step) {
        TeacherAnnouncement announcement = new TeacherAnnouncement(
                path.toString(),
                id != null ? id : path.getFileName().toString(),
                ModelWeights.hash(path),
                step != null ? step : stepOf(path));
        try {
            return announcement.require();
        } catch (LogitstreamException e) {
            throw new UsageException("the teacher cannot be announced: " + e.getMessage());
        }
    }

    // Only checkpoints hold a training step; a finished model does not.
    private static Long stepOf(Path folder) {
        Path state = new CheckpointFolder(folder).state();
        if (!Files.isRegularFile(state)) {
            return null;
        }
        try {
            JsonNode steps = new ObjectMapper().readTree(state.toFile()).path("step");
            return steps.isIntegralNumber() ? steps.asLong() : null;
        } catch (IOException e) {
            throw new UsageException(
                    state + " cannot be read: " + FailureText.of(e) + "; give the training step with --step");
        }
    }
}
