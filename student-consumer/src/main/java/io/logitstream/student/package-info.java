/**
 * Logits topic to student checkpoint: the reader that takes partitions in turn, losses and schedules, the training
 * loop, checkpoints and evaluation. A teacher is trained by the same loop, from the tokens topic with alpha 0.
 */
package io.logitstream.student;
