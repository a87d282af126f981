package io.logitstream.student.training;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.checkpoint.Checkpoints;
import io.logitstream.student.checkpoint.CorpusChange;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.checkpoint.TrainingState;
import io.logitstream.student.config.EffectiveSettings;
import io.logitstream.student.config.RunSettings;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.input.CorpusWeights;
import io.logitstream.student.input.TrainingBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run starts: from nothing, or from the last checkpoint in its folder, which must have the same settings.
 *
 * @param settings settings of the run
 * @param budget predicted tokens of the run
 * @param checkpoint folder of the checkpoint to continue from; null for a new run
 * @param state training state of the checkpoint; null for a new run
 * @param corpora corpus weights in the order in which they apply; null where there are none
 */
record ResumePoint(JsonNode settings, long budget, Path checkpoint, TrainingState state, List<CorpusChange> corpora) {
    private static final Logger LOG = LoggerFactory.getLogger(ResumePoint.class);

    /**
     * Finds the last checkpoint of a job.
     *
     * @param corpusTokens finds the predicted tokens of the corpus, where the length of the run is not configured
     */
    static ResumePoint of(TrainingJob job, LongSupplier corpusTokens) {
        Path checkpoint = job.checkpoints().latest();
        TrainingState state = checkpoint == null ? null : Checkpoints.state(checkpoint);
        long budget = budget(job, state, corpusTokens);
        JsonNode settings = job.settings(budget, checkpoint, state == null ? null : state.settings());
        if (state != null) {
            RunSettings.requireSame(
                    EffectiveSettings.of(settings),
                    EffectiveSettings.of(state.settings()),
                    "checkpoint " + checkpoint.toAbsolutePath());
        }
        return new ResumePoint(settings, budget, checkpoint, state, corpora(job, state));
    }

    // Changed weights apply to the records behind the checkpoint's position.
    private static List<CorpusChange> corpora(TrainingJob job, TrainingState state) {
        Map<String, Double> now = CorpusWeights.of(job.training()).named();
        List<CorpusChange> changes = state == null || state.corpora() == null ? List.of() : state.corpora();
        Map<String, Double> before =
                changes.isEmpty() ? Map.of() : changes.get(changes.size() - 1).weights();
        if (now.equals(before) || state != null && state.finished()) {
            return changes.isEmpty() ? null : changes;
        }
        List<CorpusChange> all = new ArrayList<>(changes);
        all.add(new CorpusChange(
                state == null ? 0 : state.step(),
                state == null ? null : state.reader().offsets(),
                now));
        if (state != null) {
            LOG.warn(
                    "training.corpora was {} and is now {}; the change applies after step {}, to records of {} from"
                            + " offsets {}",
                    before,
                    now,
                    state.step(),
                    job.topic(),
                    state.reader().offsets());
        }
        return List.copyOf(all);
    }

    private static long budget(TrainingJob job, TrainingState state, LongSupplier corpusTokens) {
        if (job.training().tokens() != null) {
            return job.training().tokens();
        }
        if (state != null) {
            return state.budget();
        }
        return corpusTokens.getAsLong() * job.training().epochs();
    }

    /** Whether the run was trained to its end before. */
    boolean isFinished() {
        return state != null && state.finished();
    }

    /** Optimizer steps done. */
    long step() {
        return state == null ? 0 : state.step();
    }

    /** Predicted tokens trained on. */
    long tokens() {
        return state == null ? 0 : state.tokens();
    }

    /** Batches read in the current epoch. */
    long batches() {
        return state == null ? 0 : state.reader().batches();
    }

    /** Statistics from which outliers are found. */
    OutlierStatistics outliers() {
        return state == null ? OutlierStatistics.EMPTY : state.outliers();
    }

    /** Predicted tokens of a row: those of the checkpoint, or those of the first batches of a new run. */
    int contextLength(List<TrainingBatch> first) {
        return state != null ? state.contextLength() : first.get(0).length() - 1;
    }

    /** The model: that of the checkpoint, whose files are verified before, that of the start, or one with random weights. */
    LanguageModel model(TrainingJob job, int contextLength) {
        if (checkpoint != null) {
            Checkpoints.requireWhole(checkpoint);
            return LanguageModels.load(checkpoint, job.device());
        }
        if (job.student().from() != null) {
            return StudentStart.load(
                    job.student(), contextLength, job.tokenizer().endOfText(), job.device());
        }
        return LanguageModels.create(
                job.student()
                        .model(
                                job.tokenizer().vocabularySize(),
                                contextLength,
                                job.tokenizer().endOfText()),
                job.training().seed(),
                job.device());
    }

    /** Restores the moments of the checkpoint; those of a new run are zero. */
    void restore(AdamW optimizer) {
        if (checkpoint != null) {
            Checkpoints.restoreOptimizer(checkpoint, optimizer, state.updates());
        }
    }
}
