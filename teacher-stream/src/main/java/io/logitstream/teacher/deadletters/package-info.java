/** Reads the dead-letter topic of a teacher stream: what was given up, where it came from and why. */
package io.logitstream.teacher.deadletters;
