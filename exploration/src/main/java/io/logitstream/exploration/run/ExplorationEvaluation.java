package io.logitstream.exploration.run;

import io.logitstream.exploration.plan.HeldOutSelection;
import io.logitstream.exploration.plan.RunMatrix;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.exploration.plan.TrainingResources;
import io.logitstream.messages.Plural;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.stages.EvaluateStage;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.tensorboard.TensorBoardLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluates trained runs: many students in one pass of their teacher over the held-out text. */
final class ExplorationEvaluation {
    /** Maximum number of students per pass, besides the plan's memory limit. Small, so that a crash repeats little. */
    private static final int MOST = 24;

    private final KafkaSettings kafka;
    private final ExplorationFolder folder;
    private final Map<String, RunRecord> states;
    private final RunMatrix matrix;
    private final HeldOutSelection selection;
    private final ProgressDisplay status;
    private final LivePage live;

    ExplorationEvaluation(
            KafkaSettings kafka,
            ExplorationFolder folder,
            Map<String, RunRecord> states,
            RunMatrix matrix,
            ProgressDisplay status,
            LivePage live) {
        this.kafka = kafka;
        this.folder = folder;
        this.states = states;
        this.matrix = matrix;
        this.selection = new HeldOutSelection(matrix.all().values());
        this.status = status;
        this.live = live;
    }

    /** Evaluates the trained runs that are not evaluated yet. */
    void evaluate(Collection<RunSpec> runs) {
        Map<List<String>, List<RunSpec>> groups = new LinkedHashMap<>();
        for (RunSpec run : runs) {
            RunRecord state = states.get(run.id());
            if (state != null && state.steps() != null && state.failure() == null && !state.finished()) {
                groups.computeIfAbsent(HeldOutSelection.evaluatedWith(run), key -> new ArrayList<>())
                        .add(run);
            }
        }
        long budget = TrainingResources.bytes(matrix.plan().resources());
        for (List<RunSpec> group : groups.values()) {
            List<RunSpec> together = new ArrayList<>();
            for (RunSpec run : group) {
                long weights = together.stream()
                        .mapToLong(other -> other.plan().weightBytes())
                        .sum();
                if (!together.isEmpty()
                        && (together.size() == MOST || weights + run.plan().weightBytes() > budget)) {
                    evaluateTogether(together);
                    together.clear();
                }
                together.add(run);
            }
            evaluateTogether(together);
        }
    }

    private void evaluateTogether(List<RunSpec> runs) {
        Map<String, Path> folders = new LinkedHashMap<>();
        runs.forEach(run -> folders.put(run.id(), folder.run(states.get(run.id()))));
        live.setActivity(String.format("evaluates %d %s", runs.size(), Plural.of(runs.size(), "student")));
        Map<String, Evaluation> evaluations = new EvaluateStage(new StageContext(kafka, selection.apply(runs.get(0))))
                .evaluateStudents(
                        folders,
                        tokens -> status.showText(() -> String.format(
                                "evaluated %d %s on %,d held-out tokens",
                                runs.size(), Plural.of(runs.size(), "student"), tokens)));
        for (RunSpec run : runs) {
            RunRecord state = states.get(run.id()).evaluated(evaluations.get(run.id()), evaluations.get("teacher"));
            TensorBoardLog.addEvaluation(
                    new StudentFolder(folders.get(run.id())).eventFiles(), state.steps(), state.evaluation());
            states.put(run.id(), state);
            folder.save(state);
            folder.removeCheckpoints(state);
            live.student(run.id()).finished(state.evaluation().loss(), state.tokens());
        }
    }
}
