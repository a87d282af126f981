package io.logitstream.cli.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.checkpoint.CheckpointFolder;
import io.logitstream.teacher.announcement.AnnouncementTopic;
import io.logitstream.teacher.announcement.TeacherAnnouncement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "announce",
        mixinStandardHelpOptions = true,
        description = {
            "Announces another teacher to the running teacher stream of the logits topic: all its instances and threads go on with it"
                    + " at their next record.",
            "Each instance loads it from the path given here. What can be told from here is checked first: configuration, shapes of"
                    + " the weights, tokenizer. What an instance cannot use it refuses in its log, and goes on with the teacher it has."
        })
public final class AnnounceCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Option(
            names = "--teacher",
            paramLabel = "DIR",
            required = true,
            description = "Hugging Face folder of the teacher, such as a checkpoint of pretrain")
    private Path teacher;

    @Option(names = "--id", paramLabel = "NAME", description = "name in the records; that of the folder by default")
    private String id;

    @Option(
            names = "--step",
            paramLabel = "STEP",
            description = "the teacher's training step; that of a checkpoint by default")
    private Long step;

    @Override
    public Integer call() {
        LogitstreamConfig config = common.load();
        Path path = InputPath.require("teacher", teacher.toString());
        String tokenizer;
        try (Tokenizer loaded = Tokenizer.load(path)) {
            tokenizer = loaded.hash();
            requireModel(path, loaded.vocabularySize());
        }
        TeacherAnnouncement announcement = announcement(path);
        KafkaSettings kafka = common.kafka();
        TopicsConfig topics = config.topics();
        TopicTokenizer.require(
                kafka, List.of(topics.tokens(), topics.logits()), topics.maxRecordBytes(), path, tokenizer);
        new StageContext(kafka, config).ensureTopics(topics.teachers());
        AnnouncementTopic.announce(kafka, topics.teachers(), topics.logits(), announcement);
        System.out.printf(
                "announced in topic %s for logits topic %s: %s, weights %s%n",
                topics.teachers(), topics.logits(), path, announcement.weightsHash());
        return 0;
    }

    // A TorchScript file shows its vocabulary only when it runs. Whether there is memory for it the instances know.
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

    private TeacherAnnouncement announcement(Path path) {
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

    // A finished model has none, and stands beside its checkpoints; only these hold their state.
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
