/** Pruning of models: calibration text from a corpus or a topic, the run, and its report. */
package io.logitstream.pipeline.pruning;
