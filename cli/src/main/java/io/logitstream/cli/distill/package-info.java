/** The pipeline of {@code distill}: all stages in one process, its folder and its report. */
package io.logitstream.cli.distill;
