/** Evaluation of models on held-out text: loss, perplexity, KL divergence, agreement and calibration. */
package io.logitstream.student.evaluation;
