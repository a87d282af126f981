package io.logitstream.exploration.run;

import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.exploration.plan.HeldOutSelection;
import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.LogitsTopicPlan;
import io.logitstream.exploration.plan.RunMatrix;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.exploration.plan.Variant;
import io.logitstream.exploration.results.ExplorationResults;
import io.logitstream.exploration.results.ReportPage;
import io.logitstream.exploration.results.ScalingCurves;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.page.LiveStudentRow;
import io.logitstream.pipeline.report.RunDescription;
import io.logitstream.pipeline.stages.PreflightChecks;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.pipeline.status.PipelineStatus;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.student.checkpoint.StudentFolder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Runs a plan: first all topics, then the students of one seed after the other; the students of a seed are evaluated
 * together. Runs found finished in the output folder are not repeated, even if another plan started them.
 */
public final class Exploration {
    private final String commandLine;
    private final Supplier<KafkaSettings> cluster;
    private final RunMatrix runs;
    private final ExplorationFolder folder;
    private final LivePage live;
    private final ProgressDisplay status = ProgressDisplay.standardError();
    private final ConcurrentHashMap<String, RunRecord> states;
    private final LogitsTopicPlan topics;
    private final ExplorationSamples samples;
    private final List<RunSpec> pending;
    private long forwards;

    /**
     * Plans topics for the runs that the folder does not hold yet.
     *
     * @param commandLine command line for the report
     * @param cluster connects to the user's cluster; null to start an embedded one
     */
    public Exploration(
            String commandLine,
            Supplier<KafkaSettings> cluster,
            RunMatrix runs,
            ExplorationFolder folder,
            LivePage live) {
        this.commandLine = commandLine;
        this.cluster = cluster;
        this.runs = runs;
        this.folder = folder;
        this.live = live;
        this.states = new ConcurrentHashMap<>(folder.states());
        this.topics = new LogitsTopicPlan(folder.topics());
        this.samples = new ExplorationSamples(folder, states, runs.plan());
        this.pending = runs.all().values().stream()
                .filter(run ->
                        !states.containsKey(run.id()) || !states.get(run.id()).finished())
                .toList();
        topics.plan(pending);
    }

    /** Estimated cost of the exploration, without starting anything. */
    public String dryRun() {
        return ExplorationDryRun.report(runs, pending, topics, states) + ExplorationPower.report(runs, results());
    }

    /** Checks devices, corpora, record sizes and served teachers before anything is written. */
    public void requirePossible() {
        pending.stream()
                .limit(1)
                .forEach(run -> PreflightChecks.requireDevice(
                        "compute.device", run.config().compute().device()));
        pending.forEach(run -> {
            PreflightChecks.requireCorpus(run.config().heldOut());
            PreflightChecks.requireTokensFit(
                    run.config().heldOut(), run.config().topics());
            if (run.needsTokens()) {
                PreflightChecks.requireCorpus(run.config().corpus());
                PreflightChecks.requireTokensFit(
                        run.config().corpus(), run.config().topics());
            }
        });
        HeldOutSelection selection = new HeldOutSelection(runs.all().values());
        Map<List<String>, RunSpec> served = new LinkedHashMap<>();
        pending.stream()
                .filter(run -> run.config().teach().server() != null)
                .forEach(run -> served.putIfAbsent(HeldOutSelection.evaluatedWith(run), run));
        served.values()
                .forEach(
                        run -> PreflightChecks.openTeacher(selection.apply(run)).close());
    }

    /** Runs everything that is not finished and writes the results. The caller holds the folder's lock. */
    public ExplorationResults run() {
        runs.all().values().forEach(run -> live.add(liveStudent(run)));
        if (pending.isEmpty()) {
            status.print("all runs are finished");
            samples.complete(runs.all().values());
            return writeResults();
        }
        writeResults();
        // Left behind by a crash between a run's evaluation and this cleanup.
        states.values().stream().filter(RunRecord::finished).forEach(folder::removeCheckpoints);
        if (cluster != null) {
            return run(cluster.get());
        }
        status.print("starting a broker and a schema registry on loopback");
        live.setActivity("starts a broker and a schema registry");
        try (EmbeddedCluster embedded =
                EmbeddedCluster.start(folder.path(), pending.get(0).config().cluster())) {
            return run(new KafkaSettings(embedded.bootstrapServers(), embedded.schemaRegistry(), Map.of()));
        }
    }

    private LiveStudentRow liveStudent(RunSpec run) {
        RunRecord state = states.get(run.id());
        LiveStudentRow student = new LiveStudentRow(
                run.id(),
                run.variant() + " seed " + run.seed(),
                new StudentFolder(folder.path().resolve("runs").resolve(state == null ? run.folder() : state.folder()))
                        .metrics(),
                run.tokens());
        if (state != null && state.finished()) {
            student.finished(state.evaluation().loss(), state.tokens());
        } else if (state != null && state.steps() != null) {
            student.trained();
        }
        return student;
    }

    private ExplorationResults run(KafkaSettings kafka) {
        forgetLostTopics(kafka);
        try (PipelineStatus positions = new PipelineStatus(kafka, watched())) {
            live.setPositions(positions);
            ExplorationTeaching teaching = new ExplorationTeaching(kafka, folder, topics, status, live, positions);
            teaching.publish(pending);
            forwards = teaching.teach();
            teaching.measure(pending);
            ExplorationProgress progress =
                    new ExplorationProgress(pending, runs.all().size() - pending.size());
            live.setSecondsLeft(progress::secondsLeft);
            ExplorationTraining training = new ExplorationTraining(
                    kafka, folder, topics, states, runs.plan().resources(), progress, status, live);
            ExplorationEvaluation evaluation = new ExplorationEvaluation(kafka, folder, states, runs, status, live);
            ExplorationResults results = null;
            for (List<RunSpec> round : rounds()) {
                live.setActivity("trains the students of seed " + round.get(0).seed());
                training.train(round);
                evaluation.evaluate(round);
                samples.complete(runs.all().values());
                results = writeResults();
            }
            status.end();
            return results;
        }
    }

    // One seed after the other, so that results of all variants appear early.
    private Collection<List<RunSpec>> rounds() {
        Map<Long, List<RunSpec>> rounds = new LinkedHashMap<>();
        pending.forEach(run ->
                rounds.computeIfAbsent(run.seed(), seed -> new ArrayList<>()).add(run));
        return rounds.values();
    }

    private List<PipelineStatus.WatchedPosition> watched() {
        Map<String, PipelineStatus.WatchedPosition> watched = new LinkedHashMap<>();
        for (RunSpec run : pending) {
            String tokens = run.config().topics().tokens();
            if (run.support() == null || run.givenLogits()) {
                continue;
            }
            String logits = topics.source(run).topic();
            String group = run.config().teach().group(logits);
            watched.putIfAbsent(
                    tokens,
                    new PipelineStatus.WatchedPosition(
                            "produce", tokens, null, () -> topics.get(logits).complete()));
            watched.putIfAbsent(
                    group,
                    new PipelineStatus.WatchedPosition(
                            "teach", tokens, group, () -> topics.get(logits).complete()));
            watched.putIfAbsent(
                    logits,
                    new PipelineStatus.WatchedPosition(
                            "teach", logits, null, () -> topics.get(logits).complete()));
        }
        return List.copyOf(watched.values());
    }

    // The cluster may have lost its data since, or be another one.
    private void forgetLostTopics(KafkaSettings kafka) {
        for (RunSpec run : pending) {
            if (run.support() == null || run.givenLogits()) {
                continue;
            }
            LogitsTopic topic = topics.get(topics.source(run).topic());
            if (topic.complete()) {
                try (TopicEnd end =
                        new TopicEnd(kafka, topic.name(), run.config().topics().maxRecordBytes())) {
                    if (!end.isComplete()) {
                        topics.put(topic.taught(
                                topic.teacherForwards(), topic.teacherSeconds(), topic.teacherText(), false));
                    }
                }
            }
        }
    }

    private ExplorationResults results() {
        Map<String, Map<Long, String>> ids = new LinkedHashMap<>();
        for (Variant variant : runs.variants()) {
            ids.put(variant.name(), runs.ids(variant.name()));
        }
        return ExplorationResults.of(
                runs.plan(), runs.variants(), ids, states, ownTopics(), runs.baselines(), forwards);
    }

    private ExplorationResults writeResults() {
        ExplorationResults results = results();
        // The folder also holds runs of other plans.
        List<RunRecord> own = runs.all().keySet().stream()
                .map(states::get)
                .filter(Objects::nonNull)
                .toList();
        String report = ReportPage.json(results, runs.plan(), folder::run, ScalingCurves.of(own), description());
        folder.results(runs.plan().name()).write(results, report);
        live.setReport(report);
        return results;
    }

    private RunDescription description() {
        RunSpec first = runs.all().values().iterator().next();
        Set<String> teachers = runs.all().values().stream()
                .map(run -> TeacherIdentity.name(run.config()))
                .collect(Collectors.toSet());
        return RunDescription.now(
                commandLine,
                teachers.size() == 1 ? teachers.iterator().next() : null,
                first.variant() + ", seed " + first.seed(),
                first.config(),
                List.of("results.json", "results.csv", "variants.csv"));
    }

    private Map<String, LogitsTopic> ownTopics() {
        Set<String> names = runs.all().values().stream()
                .filter(run -> run.support() != null)
                .map(run -> states.containsKey(run.id())
                        ? states.get(run.id()).topic()
                        : topics.source(run).topic())
                .collect(Collectors.toSet());
        Map<String, LogitsTopic> own = new LinkedHashMap<>(topics.all());
        own.keySet().retainAll(names);
        return own;
    }
}
