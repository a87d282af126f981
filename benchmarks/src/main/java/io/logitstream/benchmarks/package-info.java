/** Benchmarks: one class each, started by {@code benchmarks/run}. */
package io.logitstream.benchmarks;
