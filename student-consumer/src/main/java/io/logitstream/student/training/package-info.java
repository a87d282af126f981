/** The training loop. */
package io.logitstream.student.training;
