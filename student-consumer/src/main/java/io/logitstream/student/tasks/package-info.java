/**
 * Multiple-choice tasks, scored by log-likelihood as EleutherAI's lm-evaluation-harness (0.4.13) scores them without
 * examples in the prompt.
 */
package io.logitstream.student.tasks;
