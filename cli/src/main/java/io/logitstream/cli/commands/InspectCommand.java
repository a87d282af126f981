package io.logitstream.cli.commands;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.inspection.DeadLetterInspection;
import io.logitstream.pipeline.inspection.TopicInspection;
import io.logitstream.pipeline.inspection.TopicInspector;
import io.logitstream.pipeline.inspection.TopicRange;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.teacher.deadletters.DeadLetterTopic;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the content of a tokens or logits topic, or of a range of it: batches, tokens,"
                    + " bytes per token by component, kept entries, probability mass, teacher and settings.",
            "For a dead-letter topic, shows the causes, their counts and the addresses of the records."
        })
public final class InspectCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Option(names = "--topic", paramLabel = "NAME", description = "topic to read; the logits topic by default")
    private String topic;

    @Option(names = "--partition", paramLabel = "N", description = "read only this partition; all by default")
    private Integer partition;

    @Option(
            names = "--from",
            paramLabel = "OFFSET",
            defaultValue = "0",
            description = "first offset in each partition, ${DEFAULT-VALUE} by default")
    private long from;

    @Option(
            names = "--to",
            paramLabel = "OFFSET",
            description = "offset after the last one in each partition; the current end by default")
    private Long to;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException {
        TopicRange range = new TopicRange(partition, from, to == null ? Long.MAX_VALUE : to);
        LogitstreamConfig config = common.load();
        KafkaSettings kafka = common.kafka();
        String name = topic != null ? topic : config.topics().logits();
        int maxRecordBytes = config.topics().maxRecordBytes();
        if (name.equals(config.topics().deadLetters()) || DeadLetterTopic.isOne(kafka, name, maxRecordBytes)) {
            return inspectDeadLetters(kafka, name, maxRecordBytes, range);
        }
        ProgressDisplay status = ProgressDisplay.standardError();
        TopicInspection inspection = new TopicInspector(kafka, name, maxRecordBytes, range)
                .inspect(tokens -> status.showText(() -> String.format("read %,d tokens", tokens)));
        status.end();
        System.out.println(
                json
                        ? new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(inspection)
                        : CommandResults.inspection(inspection));
        return 0;
    }

    private int inspectDeadLetters(KafkaSettings kafka, String name, int maxRecordBytes, TopicRange range)
            throws JsonProcessingException {
        if (!range.isAll()) {
            throw new UsageException("topic " + name
                    + " holds dead letters, which are always shown in full; leave out --partition, --from and --to");
        }
        DeadLetterInspection inspection = DeadLetterInspection.of(kafka, name, maxRecordBytes);
        System.out.println(
                json
                        ? new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(inspection)
                        : inspection.text());
        return 0;
    }
}
