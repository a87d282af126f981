/** The training loop: from a batch to new weights, with metrics, evaluations, exports and checkpoints. */
package io.logitstream.student.training;
