package io.logitstream.student.checkpoint;

import java.util.Map;

/**
 * Corpus weights that apply from a point of the run on; a checkpoint lists all of its run.
 *
 * @param step last step trained with the weights before these; 0 for the weights of the start
 * @param offsets for each partition the first offset that these weights apply to; null for the weights of the start
 * @param weights weights by the name of the corpus
 */
public record CorpusChange(long step, Map<Integer, Long> offsets, Map<String, Double> weights) {}
