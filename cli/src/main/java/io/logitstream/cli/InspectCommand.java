package io.logitstream.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "inspect", mixinStandardHelpOptions = true, description = {
    "Shows what is in a tokens or logits topic: batches, tokens, bytes per token, kept entries, mass, teacher, settings."})
final class InspectCommand implements Callable<Integer> {
  @Mixin
  private CommonOptions common;

  @Option(names = "--topic", paramLabel = "NAME", description = "the topic; the logits topic by default")
  private String topic;

  @Option(names = "--json", description = "print JSON")
  private boolean json;

  @Override
  public Integer call() throws JsonProcessingException {
    LogitstreamConfig config = common.load(List.of());
    StatusLine status = new StatusLine();
    TopicInspection inspection = new TopicInspector(common.kafka(), topic != null ? topic : config.topics().logits(),
        config.topics().maxRecordBytes())
        .inspect(tokens -> status.show(() -> String.format("read %,d tokens", tokens)));
    status.end();
    System.out.println(json ? new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(inspection)
        : Reports.inspection(inspection));
    return 0;
  }
}
