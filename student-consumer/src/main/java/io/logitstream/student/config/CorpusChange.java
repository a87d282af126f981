package io.logitstream.student.config;

import java.util.Map;

/**
 * Weights of corpora from a place of a run on, as its checkpoints remember them.
 *
 * @param step the last step before them, 0 at the beginning
 * @param offsets for each partition the first record that they apply to; null at the beginning
 * @param weights weights by corpus
 */
public record CorpusChange(long step, Map<Integer, Long> offsets, Map<String, Double> weights) {}
