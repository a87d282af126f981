package io.logitstream.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.schemas.UsageException;
import io.logitstream.student.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "evaluate", mixinStandardHelpOptions = true, description = {
    "Evaluates models and their teacher on a topic of held-out text (see 'produce --held-out').",
    "Loss, perplexity, KL divergence to the teacher, top-1 agreement."})
final class EvaluateCommand implements Callable<Integer> {
  @Mixin
  private CommonOptions common;

  @Parameters(paramLabel = "DIR", arity = "1..*", description = "models: Hugging Face folders")
  private List<Path> models;

  @Option(names = "--teacher", paramLabel = "DIR", description = "Hugging Face folder of the teacher")
  private String teacher;

  @Option(names = "--topic", paramLabel = "NAME", description = "tokens topic of the held-out text")
  private String topic;

  @Option(names = "--json", description = "print JSON")
  private boolean json;

  @Override
  public Integer call() throws JsonProcessingException {
    List<String> flags = new ArrayList<>();
    Flags.add(flags, "teacher", teacher);
    Flags.add(flags, "topics.heldOut", topic);
    LogitstreamConfig config = common.load(flags);
    Map<String, Path> folders = new LinkedHashMap<>();
    for (Path model : models) {
      Path folder = Stages.existing("model", model.toString());
      String name = folder.getFileName().toString();
      if (name.equals("teacher") || folders.put(name, folder) != null) {
        throw new UsageException("two models would be called " + name + ": rename the folder " + folder);
      }
    }
    StatusLine status = new StatusLine();
    Map<String, Evaluation> results = new Stages(common.kafka(), config).evaluate(folders,
        tokens -> status.show(() -> String.format("evaluated %,d tokens", tokens)));
    status.end();
    System.out.println(json ? new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(results)
        : Reports.evaluations(results));
    return 0;
  }
}
