package io.logitstream.exploration.run;

import ai.djl.ndarray.types.DataType;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.LogitsTopicPlan;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.exploration.plan.TrainingResources;
import io.logitstream.messages.FailureText;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.console.TrainingListeners;
import io.logitstream.pipeline.console.TrainingProgress;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.stages.ParallelStages;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TrainStage;
import io.logitstream.pipeline.status.StudentCheckpoints;
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

/** Trains runs by replay, as many at once as the plan's cores and memory allow. */
final class ExplorationTraining {
    private static final double NANOS = 1e9;

    private final KafkaSettings kafka;
    private final ExplorationFolder folder;
    private final LogitsTopicPlan topics;
    private final Map<String, RunRecord> states;
    private final ExplorationProgress progress;
    private final ProgressDisplay status;
    private final LivePage live;
    private final int cores;
    private final long memory;

    /**
     * @param states records of runs by id; updated from several threads
     */
    ExplorationTraining(
            KafkaSettings kafka,
            ExplorationFolder folder,
            LogitsTopicPlan topics,
            ConcurrentHashMap<String, RunRecord> states,
            ExplorationPlan.Resources resources,
            ExplorationProgress progress,
            ProgressDisplay status,
            LivePage live) {
        this.kafka = kafka;
        this.folder = folder;
        this.topics = topics;
        this.states = states;
        this.progress = progress;
        this.status = status;
        this.live = live;
        this.cores = TrainingResources.cores(resources);
        this.memory = TrainingResources.bytes(resources);
    }

    /** Trains runs. A failed run is recorded as failed, and the others continue. */
    void train(Collection<RunSpec> runs) {
        Deque<RunSpec> waiting = new ArrayDeque<>(runs);
        List<RunSpec> begun = new ArrayList<>();
        Map<RunSpec, Future<?>> running = new LinkedHashMap<>();
        Map<RunSpec, TrainingProgress> shown = new ConcurrentHashMap<>();
        try (ParallelStages workers = new ParallelStages()) {
            workers.awaitUntil(
                    () -> {
                        running.values().removeIf(Future::isDone);
                        shown.keySet().retainAll(running.keySet());
                        while (!waiting.isEmpty()
                                && !StopSignal.requested()
                                && fits(waiting.peek(), running.keySet())) {
                            RunSpec run = waiting.poll();
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

    private StoppedException stopped(Collection<RunSpec> begun, StoppedException stop) {
        Map<String, Path> students = new LinkedHashMap<>();
        for (RunSpec run : begun) {
            RunRecord state = states.get(run.id());
            if (state != null && state.steps() == null) {
                students.put(run.variant() + " seed " + run.seed(), folder.run(state));
            }
        }
        String steps = StudentCheckpoints.steps(students);
        return steps == null ? stop : StoppedException.at(steps);
    }

    // At least one run is started, however large it is.
    private boolean fits(RunSpec next, Collection<RunSpec> running) {
        List<RunSpec> together = new ArrayList<>(running);
        together.add(next);
        return running.isEmpty()
                || together.stream()
                                        .mapToInt(run -> run.config().compute().threads())
                                        .sum()
                                <= cores
                        && together.stream().mapToLong(RunSpec::bytes).sum() <= memory;
    }

    private void train(RunSpec run, TrainingListener watching) {
        RunRecord state = begin(run);
        Timer timer = new Timer(run, state.seconds());
        try (Tokenizer tokenizer = new StageContext(kafka, run.config()).tokenizer()) {
            LogitstreamConfig config =
                    run.config().withLoss(run.config().loss().withTruncation(state.topP(), state.topK()));
            TrainingSummary summary = new TrainStage(new StageContext(kafka, config))
                    .train(
                            state.topic(),
                            "logitstream-explore-" + run.id(),
                            folder.run(state),
                            config.student(null),
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
            status.print(run.folder() + " failed: " + why);
        }
        progress.done(run);
    }

    private RunRecord begin(RunSpec run) {
        RunRecord known = states.get(run.id());
        if (known != null && known.failure() == null) {
            return known;
        }
        LogitsTopicPlan.Source source = topics.source(run);
        RunRecord state = known != null
                ? known.after(known.seconds())
                : new RunRecord(
                        run.id(),
                        run.folder(),
                        run.seed(),
                        run.settings(),
                        source.topic(),
                        source.topP(),
                        source.topK(),
                        run.support(),
                        WeightShapes.parameters(run.plan().model()),
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

    private void save(RunRecord state) {
        states.put(state.id(), state);
        folder.save(state);
    }

    /** Sums up a run's training time at its checkpoints, so that a continued run counts only the steps it has kept. */
    private final class Timer implements TrainingListener {
        private final RunSpec run;
        private final double before;
        private final long start = System.nanoTime();

        Timer(RunSpec run, double before) {
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
