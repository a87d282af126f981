/** Checkpoints of a run and exported models, written atomically with their digests. */
package io.logitstream.student.checkpoint;
