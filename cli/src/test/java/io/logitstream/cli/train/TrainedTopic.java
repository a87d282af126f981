package io.logitstream.cli.train;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.training.Trainer;
import io.logitstream.student.training.TrainingJob;
import io.logitstream.student.training.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A complete logits topic on the shared cluster, and students trained from it. */
final class TrainedTopic {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Cluster cluster;
    private final TinyRun run;
    private final String name;

    private TrainedTopic(Cluster cluster, TinyRun run, String name) {
        this.cluster = cluster;
        this.run = run;
        this.name = name;
    }

    /** Publishes the texts of a run and computes the teacher's logits. */
    static TrainedTopic create(Cluster cluster, TinyRun run, String name, String... settings) {
        TrainedTopic topic = new TrainedTopic(cluster, run, name);
        CliCall.run(topic.command("produce", settings)).requireSuccess();
        CliCall.run(topic.command("teach", settings)).requireSuccess();
        return topic;
    }

    TinyRun run() {
        return run;
    }

    String heldOut() {
        return name + "-held-out";
    }

    String logits() {
        return name + "-logits";
    }

    /** A command line for this topic. */
    String[] command(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(
                command,
                "--set",
                "topics.tokens=" + name + "-tokens",
                "--set",
                "topics.logits=" + logits(),
                "--set",
                "topics.heldOut=" + heldOut())));
        line.addAll(List.of(arguments));
        return cluster.on(line.toArray(String[]::new));
    }

    /** Trains a student in the calling thread. */
    void train(Path out, String training, TrainingListener listener) throws Exception {
        Torch.start(1);
        try (Tokenizer tokenizer = Tokenizer.load(run.teacher())) {
            TrainingJob job = new TrainingJob(
                    logits(),
                    List.of(logits()),
                    "train-" + out.getFileName(),
                    out,
                    tokenizer,
                    JSON.readValue("{\"hiddenSize\":32,\"layers\":1,\"feedForwardSize\":48}", StudentConfig.class),
                    JSON.readValue(training, TrainingConfig.class),
                    LossConfig.defaults(),
                    "cpu",
                    DataType.FLOAT32,
                    heldOut());
            Trainer.train(cluster.kafka(), job, listener);
        }
    }
}
