package io.logitstream.cli.distill;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.exploration.plan.Baselines;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.Variant;
import io.logitstream.exploration.results.ExplorationResults;
import io.logitstream.exploration.results.ReportPage;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.pipeline.config.ConfigFile;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.inspection.TopicInspection;
import io.logitstream.pipeline.report.RunDescription;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.pipeline.status.TextLoss;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.training.TrainingSummary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Report of a run of {@code distill}: its students are shown as the variants of an exploration with one seed. */
final class DistillReport {
    private DistillReport() {}

    /**
     * Makes the data of the report page.
     *
     * @param config configuration of the run
     * @param folder folder of the run
     * @param trained summaries of the trainings, by student
     * @param evaluations evaluations on the held-out text, by student and {@code teacher}
     * @param logits measurement of the logits topic
     * @param teacherText the teacher's loss on the text that it has read in this run; null if it does not tell
     * @param command command line
     * @return JSON
     */
    static String json(
            LogitstreamConfig config,
            RunFolder folder,
            Map<String, TrainingSummary> trained,
            Map<String, Evaluation> evaluations,
            TopicInspection logits,
            TextLoss teacherText,
            String command) {
        Map<String, RunRecord> states = new LinkedHashMap<>();
        Map<String, Map<Long, String>> ids = new LinkedHashMap<>();
        Map<String, ObjectNode> runs = new LinkedHashMap<>();
        config.students().forEach((name, student) -> {
            SupportRule support = student.loss().alpha() == 0
                    ? null
                    : SupportRule.of(
                            config.selection(),
                            student.loss().topP(),
                            student.loss().topK());
            TrainingSummary summary = trained.get(name);
            Map<String, Object> settings = FlatValues.of((Object) student);
            settings.put("teacher", TeacherIdentity.name(config));
            settings.put("corpus", config.corpus().name());
            states.put(
                    name,
                    new RunRecord(
                            name,
                            name,
                            student.training().seed(),
                            settings,
                            config.topics().logits(),
                            null,
                            null,
                            support,
                            WeightShapes.parameters(LanguageModels.config(folder.student(name))),
                            0,
                            0,
                            summary.steps(),
                            summary.tokens(),
                            null,
                            evaluations.get(name),
                            evaluations.get("teacher"),
                            Map.of()));
            ids.put(name, Map.of(1L, name));
            runs.put(name, ConfigFile.empty());
        });
        LogitsTopic topic = new LogitsTopic(
                config.topics().logits(),
                config.topics().tokens(),
                config.teacher(),
                null,
                config.teach().codec(),
                TeacherIdentity.precision(config),
                SupportRule.of(config.selection(), null, null),
                0,
                0,
                teacherText,
                true,
                new LogitsTopic.Size(
                        logits.batches().values().stream()
                                .mapToLong(Long::longValue)
                                .sum(),
                        logits.tokens(),
                        logits.recordBytesPerToken(),
                        logits.diskBytesPerToken(),
                        Map.of()));
        List<String> files = new ArrayList<>(List.of("summary.json"));
        trained.keySet().forEach(name -> files.add("students/" + name + "/metrics.jsonl"));
        ExplorationPlan plan = new ExplorationPlan(
                folder.path().toAbsolutePath().normalize().getFileName().toString(),
                "Students distilled from "
                        + (config.teach().server() == null
                                ? Path.of(config.teacher()).getFileName()
                                : TeacherIdentity.name(config))
                        + " on "
                        + config.corpus().name(),
                null,
                null,
                null,
                null,
                null,
                runs,
                List.of(1L),
                null,
                null,
                null);
        List<Variant> variants = runs.keySet().stream()
                .map(name -> new Variant(name, Map.of(), runs.get(name)))
                .toList();
        ExplorationResults results = ExplorationResults.of(
                plan,
                variants,
                ids,
                states,
                Map.of(topic.name(), topic),
                Baselines.one(baseline(states), List.copyOf(ids.keySet())),
                0);
        return ReportPage.json(
                results,
                plan,
                run -> folder.student(run.folder()),
                List.of(),
                RunDescription.now(command, TeacherIdentity.name(config), null, config, files));
    }

    private static String baseline(Map<String, RunRecord> states) {
        return states.values().stream()
                .filter(state -> state.support() == null)
                .findFirst()
                .orElse(states.values().iterator().next())
                .id();
    }
}
