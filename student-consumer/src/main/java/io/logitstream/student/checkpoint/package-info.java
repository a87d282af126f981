/** What proves that checkpoints and exported models are as they were written. */
package io.logitstream.student.checkpoint;
