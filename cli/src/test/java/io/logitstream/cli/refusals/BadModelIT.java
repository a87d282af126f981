package io.logitstream.cli.refusals;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Incompatible teachers and tokenizers, and damaged checkpoints. */
@ExtendWith(SharedCluster.class)
class BadModelIT {
    private static final String TENSOR = "model.layers.1.mlp.up_proj.weight";

    enum Damage {
        MISSING_TENSOR("tensor " + TENSOR + " is missing"),
        MISSHAPEN_TENSOR(TENSOR),
        CUT_SHORT("model.safetensors"),
        NO_WEIGHTS("it holds neither model.safetensors nor model.safetensors.index.json"),
        NO_CONFIG("config.json");

        private final String message;

        Damage(String message) {
            this.message = message;
        }
    }

    @TempDir
    private Path folder;

    private TinyRun run;

    @BeforeEach
    void createRun() throws IOException {
        run = TinyRun.create(folder);
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void distillFindsADamagedTeacherBeforeItWritesAnything(Damage damage) throws IOException {
        inflict(damage);

        CliCall call = CliCall.run(run.command("distill", "--out", out().toString()));

        call.requireFailure(1, damage.message, run.teacher().toString());
        assertThat(out()).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(
            value = Damage.class,
            names = {"MISSING_TENSOR", "CUT_SHORT"})
    void teachFindsADamagedTeacherBeforeItCreatesTopics(Damage damage, Cluster cluster) throws IOException {
        inflict(damage);

        CliCall call = CliCall.run(cluster.on(run.command("teach", "--set", "topics.logits=bad-model-logits")));

        call.requireFailure(1, damage.message, run.teacher().toString());
        assertThat(TopicKeys.exists(cluster.kafka(), "bad-model-logits")).isFalse();
    }

    @Test
    void anotherTokenizerThanTheTeachersIsRefused() throws IOException {
        List<String> texts = TinyRun.writeTexts(folder.resolve("others"), 3, 99);
        TinyRun.writeTeacher(folder.resolve("other"), texts, TinyRun.VOCABULARY, TinyRun.VOCABULARY);

        CliCall call = CliCall.run(
                run.command("distill", "--out", out().toString(), "--set", "tokenizer=" + folder.resolve("other")));

        call.requireFailure(2, "differs from that of teacher " + run.teacher());
        assertThat(out()).doesNotExist();
    }

    @Test
    void aVocabularyLargerThanTheTeachersIsRefused(Cluster cluster) throws IOException {
        Path small = folder.resolve("small");
        TinyRun.writeTeacher(small, TinyRun.writeTexts(folder.resolve("texts"), 3, 1), 360, 350);

        CliCall distilled =
                CliCall.run(run.command("distill", "--out", out().toString(), "--teacher", small.toString()));
        CliCall taught = CliCall.run(cluster.on(
                run.command("teach", "--teacher", small.toString(), "--set", "topics.logits=bad-model-logits")));

        distilled.requireFailure(2, "has 360 tokens", "but the vocabulary of teacher " + small + " has only 350");
        taught.requireFailure(2, small.toString(), "360 tokens", "vocabulary is 350");
        assertThat(out()).doesNotExist();
        assertThat(TopicKeys.exists(cluster.kafka(), "bad-model-logits")).isFalse();
    }

    @Test
    void aTopicOfAnotherTokenizerIsNeitherTrainedOnNorEvaluatedOn(Cluster cluster) throws IOException {
        String topic = "bad-model-tokens";
        CliCall.run(cluster.on(run.command("produce", "--held-out", "--topic", topic)))
                .requireSuccess();
        Path other = folder.resolve("other");
        TinyRun.writeTeacher(other, TinyRun.writeTexts(folder.resolve("others"), 3, 99), 380, 380);

        CliCall trained = CliCall.run(cluster.on(run.command(
                "train",
                "--alpha",
                "0",
                "--topic",
                topic,
                "--tokenizer",
                other.toString(),
                "--out",
                out().toString())));
        CliCall evaluated = CliCall.run(
                cluster.on(run.command("evaluate", "--topic", topic, "--teacher", other.toString(), other.toString())));

        trained.requireFailure(1, topic + "-0@0", "tokenizer");
        evaluated.requireFailure(1, topic + "-0@0", "tokenizer");
        assertThat(out()).doesNotExist();
    }

    @Test
    void aStudentOfASmallerVocabularyIsNotEvaluated(Cluster cluster) throws IOException {
        String topic = "bad-model-evaluation";
        CliCall.run(cluster.on(run.command("produce", "--held-out", "--topic", topic)))
                .requireSuccess();
        Path other = folder.resolve("other");
        TinyRun.writeTeacher(other, TinyRun.writeTexts(folder.resolve("others"), 3, 99), 380, 380);

        CliCall call = CliCall.run(cluster.on(run.command("evaluate", "--topic", topic, other.toString())));

        call.requireFailure(2, other.toString(), "vocabulary of 380 is smaller");
    }

    private Path out() {
        return folder.resolve("out");
    }

    private void inflict(Damage damage) throws IOException {
        Path weights = run.teacher().resolve("model.safetensors");
        switch (damage) {
            case MISSING_TENSOR -> rewrite(weights, tensors -> tensors.remove(TENSOR));
            case MISSHAPEN_TENSOR ->
                rewrite(
                        weights,
                        tensors -> tensors.put(TENSOR, tensors.get(TENSOR).transpose()));
            case CUT_SHORT -> {
                try (FileChannel file = FileChannel.open(weights, StandardOpenOption.WRITE)) {
                    file.truncate(file.size() / 2);
                }
            }
            case NO_WEIGHTS -> Files.delete(weights);
            default -> Files.delete(run.teacher().resolve("config.json"));
        }
    }

    private static void rewrite(Path file, Consumer<Map<String, NDArray>> change) throws IOException {
        try (NDManager scope = Torch.newScope("cpu");
                SafeTensors saved = SafeTensors.open(file)) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            Stream.of(saved.names().toArray(String[]::new))
                    .sorted()
                    .forEach(name -> tensors.put(name, saved.read(scope, name, DataType.FLOAT32)));
            change.accept(tensors);
            SafeTensorsWriter.write(file, tensors, DataType.FLOAT32);
        }
    }
}
