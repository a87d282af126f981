package io.logitstream.teacher.config;

/**
 * The largest batch to expect, for limits and time-outs that are set before the first record arrives.
 *
 * @param rows rows of a batch
 * @param contextLength predicted positions of a row
 */
public record BatchShape(int rows, int contextLength) {}
