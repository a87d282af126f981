/** Metrics of training steps, and the file that keeps them. */
package io.logitstream.student.metrics;
