/** The commands {@code archive} and {@code restore}. */
package io.logitstream.cli.archive;
