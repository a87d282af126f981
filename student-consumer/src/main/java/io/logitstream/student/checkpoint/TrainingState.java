package io.logitstream.student.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.student.config.CorpusChange;
import io.logitstream.student.config.OutlierGuard;
import io.logitstream.student.input.ReaderState;
import java.util.List;

/**
 * Everything of a run but weights and moments.
 *
 * @param settings what the run was started with; a checkpoint continues only a run of the same settings
 * @param step optimizer steps done, with those that were skipped as outliers
 * @param updates steps that have changed the weights
 * @param tokens predicted tokens trained on
 * @param budget predicted tokens of the whole run
 * @param contextLength context length, of the first batch
 * @param reader position in the topic
 * @param outliers what the outlier guard has seen
 * @param corpora weights of corpora, each from its place in the run on; null where there were none
 * @param finished whether the run is complete
 */
public record TrainingState(
        JsonNode settings,
        long step,
        long updates,
        long tokens,
        long budget,
        int contextLength,
        ReaderState reader,
        OutlierGuard.State outliers,
        List<CorpusChange> corpora,
        boolean finished) {}
