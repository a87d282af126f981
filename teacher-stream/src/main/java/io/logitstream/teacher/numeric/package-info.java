/** Checks of what a teacher computes. */
package io.logitstream.teacher.numeric;
