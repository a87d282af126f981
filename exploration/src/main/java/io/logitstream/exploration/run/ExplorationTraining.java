package io.logitstream.exploration.run;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.ExplorationTopics;
import io.logitstream.exploration.plan.MachineBudget;
import io.logitstream.exploration.plan.PlannedRun;
import io.logitstream.exploration.plan.RunState;
import io.logitstream.messages.FailureText;
import io.logitstream.model.families.HuggingFaceNames;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.ConfigFile;
import io.logitstream.pipeline.console.StatusLine;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.page.LiveRun;
import io.logitstream.pipeline.stages.ParallelStages;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TrainStage;
import io.logitstream.pipeline.status.StudentFolder;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.pipeline.stop.StoppedException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import io.logitstream.student.training.TrainingSummary;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Trains runs side by side from replay, as many at once as the plan's cores and memory hold. */
final class ExplorationTraining {
    private static final double NANOS = 1e9;

    private final KafkaSettings kafka;
    private final ExplorationFolder folder;
    private final ExplorationTopics topics;
    private final Map<String, RunState> states;
    private final ExplorationProgress progress;
    private final StatusLine status;
    private final LiveRun live;
    private final int cores;
    private final long memory;

    /**
     * Training.
     *
     * @param states what is known of runs by id; changed as runs go on, from several threads
     */
    ExplorationTraining(
            KafkaSettings kafka,
            ExplorationFolder folder,
            ExplorationTopics topics,
            ConcurrentHashMap<String, RunState> states,
            ExplorationPlan.Resources resources,
            ExplorationProgress progress,
            StatusLine status,
            LiveRun live) {
        this.kafka = kafka;
        this.folder = folder;
        this.topics = topics;
        this.states = states;
        this.progress = progress;
        this.status = status;
        this.live = live;
        this.cores = MachineBudget.cores(resources);
        this.memory = MachineBudget.bytes(resources);
    }

    /** Trains runs to their ends; one that fails is noted as failed, and the others go on. */
    void train(Collection<PlannedRun> runs) {
        Deque<PlannedRun> waiting = new ArrayDeque<>(runs);
        List<PlannedRun> begun = new ArrayList<>();
        Map<PlannedRun, Future<?>> running = new LinkedHashMap<>();
        Map<PlannedRun, TrainingProgress> shown = new ConcurrentHashMap<>();
        try (ParallelStages workers = new ParallelStages()) {
            workers.awaitUntil(
                    () -> {
                        running.values().removeIf(Future::isDone);
                        shown.keySet().retainAll(running.keySet());
                        while (!waiting.isEmpty()
                                && !StopSignal.requested()
                                && fits(waiting.peek(), running.keySet())) {
                            PlannedRun run = waiting.poll();
                            begun.add(run);
                            TrainingProgress ofRun = new TrainingProgress(run.variant() + " seed " + run.seed());
                            shown.put(run, ofRun);
                            running.put(run, workers.startStudent(run.folder(), () -> {
                                train(run, workers.stoppable(ofRun));
                                return null;
                            }));
                        }
                        return running.isEmpty();
                    },
                    () -> status.showStages(() -> Stream.concat(
                                    Stream.of(progress.line()),
                                    running.keySet().stream()
                                            .map(shown::get)
                                            .filter(Objects::nonNull)
                                            .map(TrainingProgress::line))
                            .toList()));
        } catch (StoppedException e) {
            throw stopped(begun, e);
        }
    }

    private StoppedException stopped(Collection<PlannedRun> begun, StoppedException stop) {
        Map<String, Path> students = new LinkedHashMap<>();
        for (PlannedRun run : begun) {
            RunState state = states.get(run.id());
            if (state != null && state.steps() == null) {
                students.put(run.variant() + " seed " + run.seed(), folder.run(state));
            }
        }
        String steps = StudentFolder.steps(students);
        return steps == null ? stop : StoppedException.at(steps);
    }

    // One run always goes, however large.
    private boolean fits(PlannedRun next, Collection<PlannedRun> running) {
        List<PlannedRun> together = new ArrayList<>(running);
        together.add(next);
        return running.isEmpty()
                || together.stream()
                                        .mapToInt(run -> run.config().compute().threads())
                                        .sum()
                                <= cores
                        && together.stream().mapToLong(PlannedRun::bytes).sum() <= memory;
    }

    private void train(PlannedRun run, TrainingListener watching) {
        RunState state = begin(run);
        Timer timer = new Timer(run, state.seconds());
        try (Tokenizer tokenizer = new StageContext(kafka, run.config()).tokenizer()) {
            ObjectNode tree = run.tree().deepCopy();
            ObjectNode loss = tree.get("loss") instanceof ObjectNode present ? present : tree.putObject("loss");
            loss.put("topP", state.topP());
            loss.put("topK", state.topK());
            TrainingSummary summary = new TrainStage(new StageContext(kafka, ConfigFile.bind(tree)))
                    .train(
                            state.topic(),
                            "logitstream-explore-" + run.id(),
                            folder.run(state),
                            ConfigFile.bind(tree).student(null),
                            DataType.FLOAT32,
                            tokenizer,
                            new TrainingListeners(watching, timer, live.student(run.id())));
            live.student(run.id()).trained();
            save(states.get(run.id())
                    .trained(
                            timer.seconds(),
                            summary.steps(),
                            summary.tokens(),
                            summary.tokens() * run.plan().operationsPerToken()));
        } catch (ParallelStages.CancelledException | StoppedException e) {
            throw e;
        } catch (RuntimeException e) {
            String why = FailureText.of(e);
            save(states.get(run.id()).failed(why));
            live.student(run.id()).failed(why);
            status.print(run.folder() + " has failed: " + why);
        }
        progress.done(run);
    }

    private RunState begin(PlannedRun run) {
        RunState known = states.get(run.id());
        if (known != null && known.failure() == null) {
            return known;
        }
        ExplorationTopics.Source source = topics.source(run);
        RunState state = known != null
                ? known.after(known.seconds())
                : new RunState(
                        run.id(),
                        run.folder(),
                        run.seed(),
                        run.settings(),
                        source.topic(),
                        source.topP(),
                        source.topK(),
                        run.support(),
                        HuggingFaceNames.parameters(run.plan().model()),
                        run.operations(),
                        0,
                        null,
                        null,
                        null,
                        null,
                        null,
                        Map.of());
        save(state);
        return state;
    }

    private void save(RunState state) {
        states.put(state.id(), state);
        folder.save(state);
    }

    /** Adds up a run's time over its checkpoints, so that a continued run counts what it has kept. */
    private final class Timer implements TrainingListener {
        private final PlannedRun run;
        private final double before;
        private final long start = System.nanoTime();

        Timer(PlannedRun run, double before) {
            this.run = run;
            this.before = before;
        }

        double seconds() {
            return before + (System.nanoTime() - start) / NANOS;
        }

        @Override
        public void onStart(long tokens, long budget, long parameters) {
            progress.start(run, tokens, budget);
        }

        @Override
        public void onStep(StepMetrics metrics, long lag) {
            progress.step(run, metrics.tokens());
        }

        @Override
        public void onCheckpoint(long step) {
            save(states.get(run.id()).after(seconds()));
        }
    }
}
