package io.logitstream.student.training;

import com.fasterxml.jackson.databind.JsonNode;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.checkpoint.Checkpoints;
import io.logitstream.student.checkpoint.CorpusChange;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.checkpoint.TrainingState;
import io.logitstream.student.config.EffectiveSettings;
import io.logitstream.student.config.RunSettings;
import io.logitstream.student.input.CorpusSize;
import io.logitstream.student.input.CorpusWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run starts: afresh, or from the last checkpoint of its folder, which must be of the same settings.
 *
 * @param settings settings of the run
 * @param budget predicted tokens of the run
 * @param checkpoint folder to continue from, or null
 * @param state its training state, or null
 * @param corpora weights of corpora, each from its place in the run on; null where there are none
 */
record RunStart(JsonNode settings, long budget, Path checkpoint, TrainingState state, List<CorpusChange> corpora) {
    private static final Logger LOG = LoggerFactory.getLogger(RunStart.class);

    static RunStart of(KafkaSettings kafka, SchemaRegistryClient registry, TrainingJob job) {
        Path checkpoint = job.checkpoints().latest();
        TrainingState state = checkpoint == null ? null : Checkpoints.state(checkpoint);
        long budget = budget(kafka, registry, job, state);
        JsonNode settings = job.settings(budget);
        if (state != null) {
            RunSettings.requireSame(
                    EffectiveSettings.of(settings),
                    EffectiveSettings.of(state.settings()),
                    "checkpoint " + checkpoint.toAbsolutePath());
        }
        return new RunStart(settings, budget, checkpoint, state, corpora(job, state));
    }

    // Other weights than before apply to what is still to come: to the records behind the checkpoint's position.
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
                    "training.corpora was {} and is now {}: that applies after step {}, to records of {} from offsets {}",
                    before,
                    now,
                    state.step(),
                    job.topic(),
                    state.reader().offsets());
        }
        return List.copyOf(all);
    }

    private static long budget(
            KafkaSettings kafka, SchemaRegistryClient registry, TrainingJob job, TrainingState state) {
        if (job.training().tokens() != null) {
            return job.training().tokens();
        }
        if (state != null) {
            return state.budget();
        }
        return CorpusSize.find(kafka, registry, job.sizedBy()) * job.training().epochs();
    }

    boolean finished() {
        return state != null && state.finished();
    }

    long step() {
        return state == null ? 0 : state.step();
    }

    long tokens() {
        return state == null ? 0 : state.tokens();
    }

    LanguageModel model(TrainingJob job, int contextLength) {
        if (checkpoint != null) {
            Checkpoints.requireWhole(checkpoint);
            return LanguageModels.load(checkpoint, job.device());
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

    OutlierStatistics outliers() {
        return state == null ? OutlierStatistics.EMPTY : state.outliers();
    }

    void restore(AdamW optimizer) {
        if (checkpoint != null) {
            Checkpoints.restoreOptimizer(checkpoint, optimizer, state.updates());
        }
    }
}
