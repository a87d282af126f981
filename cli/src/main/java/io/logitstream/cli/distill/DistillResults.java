package io.logitstream.cli.distill;

import io.logitstream.exploration.results.ReportPage;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.inspection.TopicInspection;
import io.logitstream.pipeline.inspection.TopicInspector;
import io.logitstream.pipeline.inspection.TopicRange;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.report.DistillSummary;
import io.logitstream.pipeline.report.ModelScores;
import io.logitstream.pipeline.stages.EvaluateStage;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.ParallelStages;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.status.TextLoss;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.evaluation.EvaluationProgress;
import io.logitstream.student.training.TrainingSummary;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The last part of {@code distill}: evaluates the trained students and writes summary and report. */
final class DistillResults {
    private final KafkaSettings kafka;
    private final Runnable clusterEnd;
    private final LogitstreamConfig config;
    private final TopicsConfig topics;
    private final RunFolder folder;
    private final DistillProgress progress;
    private final LivePage live;

    DistillResults(
            RunCluster cluster, LogitstreamConfig config, RunFolder folder, DistillProgress progress, LivePage live) {
        this.kafka = cluster.kafka();
        this.clusterEnd = cluster.end();
        this.config = config;
        this.topics = config.topics();
        this.folder = folder;
        this.progress = progress;
        this.live = live;
    }

    /**
     * Evaluates the students and their teacher and writes the results.
     *
     * @param trained results of the trainings by student
     * @param students folders of the students
     * @param start start of the command, by {@link System#nanoTime()}
     * @param commandLine command line, for the report
     */
    DistillSummary evaluateAndReport(
            Map<String, TrainingSummary> trained, Map<String, Path> students, long start, String commandLine) {
        try (ParallelStages stages = new ParallelStages()) {
            // Reads the logits topic while the models are evaluated.
            Future<TopicInspection> logits = stages.start(
                    "inspection",
                    () -> new TopicInspector(kafka, topics.logits(), topics.maxRecordBytes(), TopicRange.all())
                            .inspect(tokens -> StopSignal.requireRunning()));
            Map<String, Evaluation> evaluations = evaluate(students, stages, logits);
            return report(trained, students, evaluations, stages.await(logits, () -> {}), start, commandLine);
        }
    }

    private Map<String, Evaluation> evaluate(
            Map<String, Path> students, ParallelStages stages, Future<TopicInspection> logits) {
        StopSignal.requireRunning();
        live.setActivity("evaluates on the held-out text");
        return new EvaluateStage(new StageContext(kafka, config)).evaluateStudents(students, new EvaluationProgress() {
            @Override
            public void evaluated(long tokens) {
                progress.show(() -> String.format("evaluated %,d held-out tokens", tokens));
            }

            @Override
            public void textRead() {
                // A broker takes a while to end, in which the last batches are evaluated.
                stages.startAside("cluster-end", () -> endCluster(logits));
            }
        });
    }

    private void endCluster(Future<TopicInspection> logits) {
        try {
            logits.get();
        } catch (ExecutionException e) {
            // The stages report it, and the cluster ends with the run.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        clusterEnd.run();
    }

    private DistillSummary report(
            Map<String, TrainingSummary> trained,
            Map<String, Path> students,
            Map<String, Evaluation> evaluations,
            TopicInspection logits,
            long start,
            String commandLine) {
        Map<String, Path> models = new LinkedHashMap<>(students);
        models.put("teacher", InputPath.require("teacher", config.teacher()));
        Map<String, ModelScores> results =
                ModelScores.of(evaluations, EvaluateStage.scoreTasks(config, models, progress.status()));
        progress.end();
        ModelScores teacher = results.remove("teacher");
        TextLoss teacherText = progress.teaching().textLoss();
        DistillSummary summary = new DistillSummary(
                teacher,
                results,
                trained.values().iterator().next().tokens(),
                logits.diskBytesPerToken() != null ? logits.diskBytesPerToken() : logits.recordBytesPerToken(),
                logits.recordBytesPerToken(),
                teacherText == null ? null : Double.valueOf(teacherText.mean()),
                (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1));
        folder.writeSummary(summary);
        trained.forEach((name, student) ->
                live.student(name).finished(evaluations.get(name).loss(), student.tokens()));
        String report = DistillReport.json(config, folder, trained, evaluations, logits, teacherText, commandLine);
        folder.writeReport(ReportPage.html(live.title(), report));
        live.setReport(report);
        return summary;
    }
}
