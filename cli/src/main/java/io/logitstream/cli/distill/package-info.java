/** The pipeline of {@code distill}: all stages in one process, the output folder and the report. */
package io.logitstream.cli.distill;
