/** Contents of topics for {@code inspect} and reports: counts, sizes, supports and dead letters. */
package io.logitstream.pipeline.inspection;
