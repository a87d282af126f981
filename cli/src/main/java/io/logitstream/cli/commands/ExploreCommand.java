package io.logitstream.cli.commands;

import com.fasterxml.jackson.databind.node.TextNode;
import io.logitstream.cli.options.ClusterOptions;
import io.logitstream.cli.options.PageOption;
import io.logitstream.cli.options.Setting;
import io.logitstream.cli.options.SettingsOptions;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.ExplorationPlans;
import io.logitstream.exploration.plan.RunMatrix;
import io.logitstream.exploration.results.ExplorationResults;
import io.logitstream.exploration.results.ResultsFolder;
import io.logitstream.exploration.results.ResultsTable;
import io.logitstream.exploration.run.Exploration;
import io.logitstream.exploration.run.ExplorationFolder;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.Plural;
import io.logitstream.pipeline.config.ConfigFile;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.page.LivePageServer;
import io.logitstream.pipeline.stop.StopSignal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "explore",
        mixinStandardHelpOptions = true,
        description = {
            "Trains many students from one pass of the teacher. A plan names the settings to vary,"
                    + " the seeds and the baseline.",
            "The plan is a YAML file (docs/reference/plans.md) or a built-in plan: truncation,"
                    + " temperature, adaptive-temperature, loss, alpha, schedules, student-size, tokens,"
                    + " online, best, parts, defaults, tail, sampling, scaling, routing, pruned, documents,"
                    + " begin-of-text.",
            "To continue a stopped exploration, run the same command again. Finished runs are"
                    + " never repeated, even if the plan has grown."
        },
        footer = {
            "",
            "Examples:",
            "  logitstream explore truncation --dry-run",
            "  logitstream explore truncation",
            "  logitstream explore my-plan.yaml --out my-exploration \\",
            "      --set corpus.source=texts"
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class ExploreCommand implements Callable<Integer> {
    // No --config, since a plan's base is the configuration.
    @Mixin
    private SettingsOptions settings;

    @Mixin
    private ClusterOptions cluster;

    @Parameters(paramLabel = "PLAN", description = "YAML file, or name of a built-in plan")
    private String planName;

    @Mixin
    private PageOption page;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "explorations",
            description = "folder of explorations, ${DEFAULT-VALUE} by default; plans in one folder share topics"
                    + " and runs, and each has its results in DIR/NAME")
    private Path out;

    @Option(
            names = "--plan",
            paramLabel = "KEY=VALUE",
            description = "one value of the plan, as in --plan seeds=[1,2] or --plan axes.trained.large={teacher:"
                    + " DIR}; may be repeated")
    private List<String> planSettings = new ArrayList<>();

    @Setting("student.from")
    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "Hugging Face folder whose weights and shape the students of all runs start from")
    private String from;

    @Option(
            names = "--dry-run",
            description = "print runs, teacher passes, tokens, and an estimate of time and disk, and start nothing")
    private boolean dryRun;

    @Option(names = "--show", description = "print the plan, as a template for your own")
    private boolean show;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    @SuppressWarnings("try") // Lock and servers only have to be open.
    public Integer call() {
        ExplorationPlan plan = ExplorationPlans.read(planName, planSettings);
        if (show) {
            System.out.print(
                    ExplorationPlans.SHIPPED.contains(planName)
                            ? ExplorationPlans.text(planName)
                            : ConfigFile.text(Path.of(planName)));
            return 0;
        }
        ExplorationFolder folder = ExplorationFolder.of(out);
        RunMatrix runs = RunMatrix.of(plan, overEveryRun(), folder.states().keySet());
        ResultsFolder resultsFolder = folder.results(plan.name());
        LivePage live = new LivePage("explore", plan.name());
        Exploration exploration = exploration(runs, folder, live);
        if (dryRun) {
            System.out.println(exploration.dryRun());
            return 0;
        }
        LogitstreamConfig config = settings.load();
        exploration.requirePossible();
        folder.create();
        try (StopSignal stop = StopSignal.listen();
                FolderLock lock = folder.lock();
                MetricsServer metrics = MetricsServer.start(config.metrics());
                LivePageServer server = LivePageServer.start(config.page(), live)) {
            // Another exploration may have changed the folder before it was locked.
            ExplorationResults results =
                    live.runToEnd(() -> exploration(runs, folder, live).run(), "results in " + resultsFolder.path());
            List<ExplorationResults.RunResult> failed = results.runs().stream()
                    .filter(run -> run.state().equals("failed"))
                    .toList();
            System.out.println(ResultsTable.text(results));
            System.out.printf(
                    "%n%d of %d %s finished; the teacher computed %,d %s in this call%nresults in %s:"
                            + " report.html, results.json, results.csv, variants.csv%n",
                    results.runs().stream()
                            .filter(run -> run.state().equals("finished"))
                            .count(),
                    results.runs().size(),
                    Plural.of(results.runs().size(), "run is", "runs are"),
                    results.teacherForwardsNow(),
                    Plural.of(results.teacherForwardsNow(), "batch"),
                    resultsFolder.path());
            failed.forEach(run -> System.err.println("logitstream: " + run.run().folder() + " has failed: "
                    + run.run().failure()));
            return failed.isEmpty() ? 0 : 1;
        }
    }

    private List<String> overEveryRun() {
        List<String> over = new ArrayList<>(settings.settings());
        if (from != null) {
            over.add("student.from=" + TextNode.valueOf(from));
        }
        return over;
    }

    private Exploration exploration(RunMatrix runs, ExplorationFolder folder, LivePage live) {
        return new Exploration(
                settings.commandLine(), cluster.hasCluster() ? cluster::kafka : null, runs, folder, live);
    }
}
