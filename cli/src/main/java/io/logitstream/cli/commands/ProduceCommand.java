package io.logitstream.cli.commands;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.CommandSettings;
import io.logitstream.cli.options.Setting;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.report.CorpusEstimateText;
import io.logitstream.pipeline.report.MixtureEstimateText;
import io.logitstream.pipeline.report.PublishProgress;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.ProduceStage;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.producers.CorpusEstimate;
import io.logitstream.producers.MixtureEstimate;
import io.logitstream.producers.PublishResult;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "produce",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes a corpus to a tokens topic, each batch once.",
            "To continue after a stop, run the same command again; it continues from the end of the topic."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class ProduceCommand implements Callable<Integer>, CommandSettings {
    private static final Duration SAMPLE = Duration.ofSeconds(10);

    @Mixin
    private ClusterConfigOptions common;

    @Setting("corpus.source")
    @Option(
            names = "--corpus",
            paramLabel = "SOURCE",
            description = "folder, glob, file, jar or zip, or - for standard input; replaces the configured"
                    + " corpus; a configuration file names several, in corpora. Every 20th document is held out for evaluation; --set corpus.holdOut=null"
                    + " publishes all")
    private String corpus;

    @Setting("tokenizer")
    @Option(
            names = "--tokenizer",
            paramLabel = "PATH",
            description = "tokenizer.json or a folder with one; the teacher's by default")
    private String tokenizerPath;

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "topic to publish to; tokens by default, held-out with --held-out")
    private String topic;

    @Option(names = "--held-out", description = "publish the configured held-out text to the held-out topic instead")
    private boolean heldOut;

    @Option(
            names = "--watch",
            description = "keep publishing files as they arrive in the folder of the corpus; see"
                    + " docs/how-to/follow-a-growing-corpus.md")
    private boolean watch;

    @Option(
            names = "--dry-run",
            description = "read the corpus for about 10 seconds, print documents, tokens, records, size and time of the"
                    + " whole as an estimate, and publish nothing")
    private boolean dryRun;

    @Override
    public SettingValues dependentFlags() {
        return new SettingValues()
                .with(heldOut ? "topics.heldOut" : "topics.tokens", topic)
                // The empty map leaves the values of a configured corpus.watch as they are.
                .with("corpus.watch", watch ? Map.of() : null);
    }

    @Override
    @SuppressWarnings("try") // The server only has to be open.
    public Integer call() {
        LogitstreamConfig config = common.load();
        if (heldOut && config.heldOut() == null) {
            throw new UsageException(
                    "there is no held-out text; name some with heldOut.source, or hold documents of the corpus"
                            + " out with corpus.holdOut; a corpus from standard input or a pipe has none");
        }
        CorpusConfig source = heldOut ? config.heldOut() : config.corpus();
        if (dryRun) {
            try (Tokenizer tokenizer = Tokenizer.load(
                    InputPath.require("tokenizer", config.tokenizer()),
                    config.corpus().endOfText())) {
                System.out.println(
                        source.mixture() == null
                                ? CorpusEstimateText.of(CorpusEstimate.of(source, tokenizer, SAMPLE))
                                : MixtureEstimateText.of(MixtureEstimate.of(source, tokenizer, SAMPLE)));
            }
            return 0;
        }
        StageContext context = new StageContext(common.kafka(), config);
        ProgressDisplay status = ProgressDisplay.standardError();
        try (StopSignal stop = StopSignal.listen();
                MetricsServer metrics = MetricsServer.start(config.metrics());
                Tokenizer tokenizer = context.tokenizer()) {
            PublishResult result = new ProduceStage(context)
                    .publish(
                            source,
                            heldOut
                                    ? config.topics().heldOut()
                                    : config.topics().tokens(),
                            tokenizer,
                            new PublishProgress(status));
            status.end();
            System.out.println(CommandResults.published(result));
        }
        return 0;
    }
}
