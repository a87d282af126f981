package io.logitstream.cli;

import io.logitstream.cli.explore.ExplorationPlan;
import io.logitstream.cli.explore.ExplorationResults;
import io.logitstream.cli.explore.ResultsTable;
import io.logitstream.cli.metrics.MetricsServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "explore", mixinStandardHelpOptions = true, description = {
    "Runs many students from one pass of the teacher, as a plan says: axes to vary, seeds, a baseline.",
    "The plan is a YAML file (docs/exploration.md), or one that comes along: truncation, temperature,"
        + " adaptive-temperature, loss, alpha, schedules, student-size, tokens, online, best, sampling, scaling.",
    "Stopped at any point and started again, it continues; finished runs are never repeated, also when"
        + " the plan has grown."},
    footer = {"", "Examples:", "  logitstream explore truncation --dry-run", "  logitstream explore truncation",
        "  logitstream explore my-plan.yaml --out my-exploration --set corpus.source=texts"})
final class ExploreCommand implements Callable<Integer> {
  @Mixin
  private CommonOptions common;

  @Parameters(paramLabel = "PLAN", description = "YAML file, or name of a plan that comes along")
  private String planName;

  @Option(names = "--out", paramLabel = "DIR", description = "folder of the exploration; explorations/NAME by default")
  private Path out;

  @Option(names = "--dry-run",
      description = "print runs, passes of the teacher, tokens, and an estimate of time and disk, and start nothing")
  private boolean dryRun;

  @Option(names = "--show", description = "print the plan itself, to make another one from it")
  private boolean show;

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec;

  @Override
  @SuppressWarnings("try") // The server is there for others to ask.
  public Integer call() {
    if (common.config != null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--config: the plan's base is the configuration;"
          + " --set changes single values of it");
    }
    ExplorationPlan plan = ExplorationPlans.read(planName);
    if (show) {
      System.out.print(ExplorationPlans.SHIPPED.contains(planName) ? ExplorationPlans.text(planName)
          : ConfigFile.text(Path.of(planName)));
      return 0;
    }
    ExplorationRuns runs = new ExplorationRuns(plan, common.settings);
    ExplorationFolder folder = ExplorationFolder.of(out != null ? out : Path.of("explorations", plan.name()));
    Exploration exploration = new Exploration(common, runs, folder);
    if (dryRun) {
      System.out.println(exploration.dryRun());
      return 0;
    }
    LogitstreamConfig config = common.load(List.of());
    try (MetricsServer metrics = MetricsServer.start(config.metrics())) {
      ExplorationResults results = exploration.run();
      List<ExplorationResults.RunResult> failed =
          results.runs().stream().filter(run -> run.state().equals("failed")).toList();
      System.out.println(ResultsTable.text(results));
      System.out.printf("%n%d of %d runs are finished; %,d batches went through a teacher now%nresults in %s:"
          + " report.html, results.json, results.csv, variants.csv%n",
          results.runs().stream().filter(run -> run.state().equals("finished")).count(), results.runs().size(),
          results.teacherForwardsNow(), folder.path());
      failed.forEach(run -> System.err.println("logitstream: " + run.run().folder() + " has failed: "
          + run.run().failure()));
      return failed.isEmpty() ? 0 : 1;
    }
  }
}
