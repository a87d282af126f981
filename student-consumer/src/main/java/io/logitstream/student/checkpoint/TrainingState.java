package io.logitstream.student.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.student.input.ReaderState;
import java.util.List;

/**
 * The state of a run in a checkpoint, without weights and moments.
 *
 * @param settings settings of the run; a checkpoint continues only a run with the same settings
 * @param step optimizer steps done, including steps skipped as outliers
 * @param updates steps that changed the weights
 * @param tokens predicted tokens trained on
 * @param budget predicted tokens of the whole run
 * @param contextLength predicted tokens of a row of the first batch
 * @param reader position in the topic
 * @param outliers statistics from which outliers are found
 * @param corpora corpus weights in the order in which they applied; null where there were none
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
        OutlierStatistics outliers,
        List<CorpusChange> corpora,
        boolean finished) {}
