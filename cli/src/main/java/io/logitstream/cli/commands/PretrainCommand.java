package io.logitstream.cli.commands;

import ai.djl.ndarray.types.DataType;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.Setting;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.console.TeachProgress;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.PreflightChecks;
import io.logitstream.pipeline.stages.ProduceStage;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TrainStage;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.training.LogitsEmitter;
import io.logitstream.student.training.TrainingSummary;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "pretrain",
        mixinStandardHelpOptions = true,
        description = {
            "Pre-trains a model on the tokens topic, to become a teacher. The key 'pretrain' of the"
                    + " configuration sets the model's sizes and its training.",
            "With --emit-logits, also writes the logits of its own training steps to the logits"
                    + " topic (online logits), each batch once.",
            "Without --bootstrap-server, starts a Kafka broker and a schema registry of its own,"
                    + " keeps their data in --out, and publishes the corpus there. 'logitstream cluster --out"
                    + " DIR' serves the topics afterwards.",
            "To continue a stopped run exactly, run the same command again."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class PretrainCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Option(
            names = "--emit-logits",
            description = "write the logits of the training's own forward passes to the logits topic")
    private boolean emitLogits;

    @Setting("tokenizer")
    @Option(
            names = "--tokenizer",
            paramLabel = "PATH",
            description = "tokenizer of the tokens topic; the teacher's by default")
    private String tokenizerPath;

    @Setting("corpus.source")
    @Option(
            names = "--corpus",
            paramLabel = "SOURCE",
            description = "text to publish without --bootstrap-server, as for distill")
    private String corpus;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "folder of the model")
    private Path out;

    @Setting("pretrain.student.from")
    @Option(
            names = "--from",
            paramLabel = "DIR",
            description =
                    "Hugging Face folder whose weights and shape the model starts from; random weights by default")
    private String from;

    @Setting("pretrain.training.seed")
    @Option(names = "--seed", paramLabel = "SEED", description = "seed of the initial weights, 1 by default")
    private Long seed;

    private final ProgressDisplay status = ProgressDisplay.standardError();

    @Override
    @SuppressWarnings("try") // The server only has to be open.
    public Integer call() {
        LogitstreamConfig config = common.load();
        KafkaSettings given = common.hasCluster() ? common.kafka() : null;
        PreflightChecks.requireStudentFolder(out);
        try (StopSignal stop = StopSignal.listen();
                MetricsServer metrics = MetricsServer.start(config.metrics());
                Tokenizer tokenizer = Tokenizer.load(
                        InputPath.require("tokenizer", config.tokenizer()),
                        config.corpus().endOfText())) {
            if (given != null) {
                train(new StageContext(given, config), config, tokenizer);
                return 0;
            }
            PreflightChecks.requireCorpus(config.corpus());
            status.print("starting a broker and a schema registry on loopback");
            try (EmbeddedCluster cluster = EmbeddedCluster.start(out, config.cluster())) {
                StageContext context = new StageContext(
                        new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of()), config);
                status.print(CommandResults.published(new ProduceStage(context)
                        .publish(
                                config.corpus(),
                                config.topics().tokens(),
                                tokenizer,
                                (batches, tokens, fraction) ->
                                        status.showText(() -> CommandResults.publishing(batches, tokens, fraction)))));
                train(context, config, tokenizer);
            }
        }
        return 0;
    }

    private void train(StageContext context, LogitstreamConfig config, Tokenizer tokenizer) {
        String name = out.toAbsolutePath().normalize().getFileName().toString();
        TrainStage training = new TrainStage(context);
        TrainingProgress progress = new TrainingProgress(name);
        TeachProgress emitted = new TeachProgress();
        String id = config.teach().id() != null ? config.teach().id() : name;
        LogitsEmitter.Factory emitters = emitLogits ? training.logitsEmitter(id, tokenizer, emitted) : null;
        TrainingSummary summary = training.train(
                config.topics().tokens(),
                "logitstream-pretrain-" + name,
                out,
                config.pretrain().withoutTeacher(),
                DataType.FLOAT32,
                tokenizer,
                progress.showingOn(status),
                emitters);
        progress.complete(summary);
        status.print(progress.ended());
        status.end();
        System.out.printf(
                "model in %s: %,d steps, %,d of %,d tokens%n",
                out.toAbsolutePath().normalize(), summary.steps(), summary.tokens(), summary.budget());
        if (emitLogits) {
            System.out.printf("logits in topic %s: %s%n", config.topics().logits(), emitted.summary());
        }
    }
}
