/** Texts about a finished run: summaries, tables, versions and the command line. */
package io.logitstream.pipeline.report;
