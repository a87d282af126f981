/** Layout of a student's folder, and its checkpoints: written atomically, verified by digests, restored bit for bit. */
package io.logitstream.student.checkpoint;
