/** Benchmarks of what the teacher stream does not show to the outside. */
package io.logitstream.teacher;
