package io.logitstream.cli;

import io.logitstream.cli.embedded.EmbeddedCluster;
import io.logitstream.cli.explore.ExplorationResults;
import io.logitstream.cli.explore.LogitsTopic;
import io.logitstream.cli.explore.ReportPage;
import io.logitstream.cli.explore.ResultsTable;
import io.logitstream.cli.explore.RunState;
import io.logitstream.cli.explore.Variant;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.TopicEnd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs the plan of an exploration: topics first, then the students of one seed after the other, each seed's evaluated
 * together. What is done already is found in the output folder and not done again; a plan may have grown since.
 */
final class Exploration {
  private final CommonOptions common;
  private final ExplorationRuns runs;
  private final ExplorationFolder folder;
  private final StatusLine status = new StatusLine();
  private final ConcurrentHashMap<String, RunState> states;
  private final ExplorationTopics topics;
  private final List<PlannedRun> pending;
  private long forwards;

  /** An exploration whose topics are planned for what is still to be run. */
  Exploration(CommonOptions common, ExplorationRuns runs, ExplorationFolder folder) {
    this.common = common;
    this.runs = runs;
    this.folder = folder;
    this.states = new ConcurrentHashMap<>(folder.states());
    this.topics = new ExplorationTopics(folder.topics());
    this.pending = runs.all().values().stream()
        .filter(run -> !states.containsKey(run.id()) || !states.get(run.id()).finished()).toList();
    topics.plan(pending);
  }

  /** What it will take, without starting anything. */
  String dryRun() {
    return ExplorationDryRun.report(runs, pending, topics, states);
  }

  /** Runs what is not finished, and writes the results. */
  ExplorationResults run() {
    if (pending.isEmpty()) {
      status.print("all runs are finished: nothing is repeated");
      return writeResults();
    }
    RunChecks.requireDevice("compute.device", pending.get(0).config().compute().device());
    pending.forEach(run -> {
      RunChecks.requireCorpus(run.config().heldOut());
      RunChecks.requireTokensFit(run.config().heldOut(), run.config().topics());
      if (!run.givenLogits()) {
        RunChecks.requireCorpus(run.config().corpus());
        RunChecks.requireTokensFit(run.config().corpus(), run.config().topics());
      }
    });
    folder.create();
    // A crash between the evaluation of a run and this leaves them behind.
    states.values().stream().filter(RunState::finished).forEach(folder::removeCheckpoints);
    if (common.hasCluster()) {
      return run(common.kafka());
    }
    status.print("starting a broker and a schema registry on loopback");
    try (EmbeddedCluster cluster = EmbeddedCluster.start(folder.path(), pending.get(0).config().cluster())) {
      return run(new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of()));
    }
  }

  private ExplorationResults run(KafkaSettings kafka) {
    forgetLostTopics(kafka);
    ExplorationTeaching teaching = new ExplorationTeaching(kafka, folder, topics, status);
    teaching.publish(pending);
    forwards = teaching.teach();
    teaching.measure(pending);
    ExplorationProgress progress = new ExplorationProgress(pending, runs.all().size() - pending.size());
    ExplorationTraining training = new ExplorationTraining(kafka, folder, topics, states, runs.plan().resources(),
        progress, status);
    ExplorationEvaluation evaluation = new ExplorationEvaluation(kafka, folder, states, runs.plan(), status);
    ExplorationResults results = null;
    for (List<PlannedRun> round : rounds()) {
      training.train(round);
      evaluation.evaluate(round);
      results = writeResults();
    }
    status.end();
    return results;
  }

  // One seed after the other, so that there is something to see of all variants early.
  private Collection<List<PlannedRun>> rounds() {
    Map<Long, List<PlannedRun>> rounds = new LinkedHashMap<>();
    pending.forEach(run -> rounds.computeIfAbsent(run.seed(), seed -> new ArrayList<>()).add(run));
    return rounds.values();
  }

  // The folder's notes may be older than a cluster that has lost its data, or of another cluster.
  private void forgetLostTopics(KafkaSettings kafka) {
    for (PlannedRun run : pending) {
      if (run.support() == null || run.givenLogits()) {
        continue;
      }
      LogitsTopic topic = topics.get(topics.source(run).topic());
      if (topic.complete()) {
        try (TopicEnd end = new TopicEnd(kafka, topic.name(), run.config().topics().maxRecordBytes())) {
          if (!end.isComplete()) {
            topics.put(topic.taught(topic.teacherForwards(), topic.teacherSeconds(), false));
          }
        }
      }
    }
  }

  private ExplorationResults writeResults() {
    Map<String, Map<Long, String>> ids = new LinkedHashMap<>();
    for (Variant variant : runs.variants()) {
      ids.put(variant.name(), runs.ids(variant.name()));
    }
    ExplorationResults results = ExplorationResults.of(runs.plan(), runs.variants(), ids, states, topics.all(),
        runs.baseline(), forwards);
    folder.write("results.json", results);
    folder.writeText("results.csv", ResultsTable.runs(results));
    folder.writeText("variants.csv", ResultsTable.variants(results));
    folder.writeText("report.html", ReportPage.html(results, runs.plan(), folder::run,
        ScalingCurves.of(states.values())));
    return results;
  }
}
