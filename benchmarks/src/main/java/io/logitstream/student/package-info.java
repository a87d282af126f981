/** Benchmarks of what the package shows to nobody else. */
package io.logitstream.student;
