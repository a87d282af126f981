/**
 * The teacher model: loading, forward pass and selection for one token batch, and replacement while the stream runs.
 */
package io.logitstream.teacher.model;
