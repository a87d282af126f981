package io.logitstream.cli.commands;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.status.ClusterStatus;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.pipeline.status.StudentCheckpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the position, lag, rate and expected end of each stage on a cluster.",
            "Finds students by their consumer groups, which move with their checkpoints, and by their folders."
        })
public final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Option(
            names = "--student",
            paramLabel = "DIR",
            description = "folder of a student on this machine; may be repeated")
    private List<Path> students = new ArrayList<>();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "2",
            description = "time over which rates are measured, ${DEFAULT-VALUE} by default")
    private double seconds;

    @Option(names = "--json", description = "print a JSON list instead of a table")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        LogitstreamConfig config = common.load();
        List<StagePosition> stages = new ArrayList<>(ClusterStatus.measure(common.kafka(), config, seconds));
        students.forEach(folder -> stages.add(StudentCheckpoints.status(folder)));
        print(config, stages);
        return 0;
    }

    private void print(LogitstreamConfig config, List<StagePosition> stages) {
        if (json) {
            try {
                System.out.println(
                        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(stages));
            } catch (JsonProcessingException e) {
                throw new LogitstreamException("the status cannot be written as JSON: " + FailureText.of(e), e);
            }
            return;
        }
        if (stages.isEmpty()) {
            System.out.println(
                    "this cluster holds nothing yet: neither topic "
                            + config.topics().tokens() + " nor topic "
                            + config.topics().logits()
                            + " exists, and no student has committed a position.\nPublish a corpus with"
                            + " 'logitstream produce', or name other topics with --set topics.tokens=NAME and topics.logits=NAME.");
            return;
        }
        System.out.println(StagePosition.header());
        stages.forEach(stage -> System.out.println(stage.line()));
    }
}
