package io.logitstream.pipeline.stages;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.evaluation.EvaluationProgress;
import io.logitstream.student.evaluation.Evaluator;
import io.logitstream.student.evaluation.ServedEvaluator;
import io.logitstream.student.tasks.MultipleChoice;
import io.logitstream.student.tasks.TaskFile;
import io.logitstream.student.tasks.TaskScore;
import io.logitstream.teacher.model.ServedTeacher;
import io.logitstream.teacher.model.StreamTeachers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Last stage: evaluates models and their teacher on held-out text and on multiple-choice tasks, with all cores. */
public final class EvaluateStage {
    private final StageContext context;

    public EvaluateStage(StageContext context) {
        this.context = context;
    }

    /**
     * Evaluates the teacher and the students of a run on the held-out topic. A student trained on shorter contexts than
     * those of the topic, as those of a small corpus are, is evaluated with a warning.
     *
     * @param students folders by name
     * @param progress receives the number of tokens evaluated
     * @return evaluations by name, with one for {@code teacher}
     */
    public Map<String, Evaluation> evaluateStudents(Map<String, Path> students, EvaluationProgress progress) {
        return evaluate(students, Evaluator.Contexts.ANY_LENGTH, progress);
    }

    /**
     * Evaluates the teacher and models on the held-out topic.
     *
     * @param models folders by name
     * @param contexts whether a model may be evaluated on longer contexts than its own
     * @param progress receives the number of tokens evaluated
     * @return evaluations by name, with one for {@code teacher}
     */
    public Map<String, Evaluation> evaluate(
            Map<String, Path> models, Evaluator.Contexts contexts, EvaluationProgress progress) {
        LogitstreamConfig config = context.config();
        startTorch(config);
        if (config.teach().server() != null) {
            return evaluateServed(models, contexts, progress);
        }
        return Evaluator.evaluate(
                context.kafka(),
                config.topics().heldOut(),
                config.heldOutDocuments(),
                InputPath.require("teacher", config.teacher()),
                config.teach().torchScript(),
                config.teach().precision(),
                models,
                contexts,
                config.compute().device(),
                stoppable(progress));
    }

    private Map<String, Evaluation> evaluateServed(
            Map<String, Path> models, Evaluator.Contexts contexts, EvaluationProgress progress) {
        LogitstreamConfig config = context.config();
        Path tokenizer = InputPath.require("teacher", config.teacher());
        try (ServedTeacher teacher = StreamTeachers.served(tokenizer, config.teach(), config.selection())) {
            return ServedEvaluator.evaluate(
                    context.kafka(),
                    config.topics().heldOut(),
                    config.heldOutDocuments(),
                    new ServedTeacherReference(teacher),
                    tokenizer,
                    models,
                    contexts,
                    config.compute().device(),
                    stoppable(progress));
        }
    }

    private static EvaluationProgress stoppable(EvaluationProgress progress) {
        return new EvaluationProgress() {
            @Override
            public void evaluated(long tokens) {
                StopSignal.requireRunning();
                progress.evaluated(tokens);
            }

            @Override
            public void textRead() {
                progress.textRead();
            }
        };
    }

    private static void startTorch(LogitstreamConfig config) {
        Torch.start(Runtime.getRuntime().availableProcessors());
        PreflightChecks.requireDevice("compute.device", config.compute().device());
    }

    /**
     * Scores models on the configured tasks, with one model in memory at a time. Needs no cluster.
     *
     * @param config configuration with the tasks' files
     * @param models Hugging Face folders, each with its tokenizer, by name
     * @param status shows the progress
     * @return scores by model and task; empty if no tasks are configured
     */
    public static Map<String, Map<String, TaskScore>> scoreTasks(
            LogitstreamConfig config, Map<String, Path> models, ProgressDisplay status) {
        Map<String, Map<String, TaskScore>> scores = new LinkedHashMap<>();
        List<TaskFile> tasks = TaskFile.read(config.tasks());
        if (tasks.isEmpty()) {
            return scores;
        }
        startTorch(config);
        models.forEach((name, folder) -> {
            if (name.equals("teacher") && config.teach().server() != null) {
                status.print("tasks are not scored for the teacher: its weights are on a server (teach.server)");
                return;
            }
            if (name.equals("teacher") && TorchScriptFile.isTorchScript(folder)) {
                status.print(
                        "tasks are not scored for the teacher: a TorchScript file does not state its longest context");
                return;
            }
            if (name.equals("teacher") && config.teach().precision() != Precision.FLOAT32) {
                status.print("tasks are not scored for the teacher: they are scored in float32, but it is held in "
                        + config.teach().precision().toString().toLowerCase(Locale.ROOT) + " (teach.precision)");
                return;
            }
            scores.put(name, scoreTasks(config, tasks, name, folder, status));
        });
        return scores;
    }

    private static Map<String, TaskScore> scoreTasks(
            LogitstreamConfig config, List<TaskFile> tasks, String name, Path folder, ProgressDisplay status) {
        try (LanguageModel model = LanguageModels.load(folder, config.compute().device());
                Tokenizer tokenizer = Tokenizer.load(folder);
                MultipleChoice scorer = new MultipleChoice(model, tokenizer)) {
            Map<String, TaskScore> ofModel = new LinkedHashMap<>();
            for (TaskFile task : tasks) {
                long choices = task.choices();
                ofModel.put(task.name(), scorer.score(task, done -> {
                    StopSignal.requireRunning();
                    status.showText(() ->
                            String.format("%s scored %,d of %,d choices of %s", name, done, choices, task.name()));
                }));
            }
            return ofModel;
        } catch (ModelException e) {
            throw e.getMessage().contains(folder.toString())
                    ? e
                    : new LogitstreamException(name + " (" + folder + "): " + e.getMessage(), e);
        }
    }
}
