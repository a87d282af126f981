/** The entry point of the {@code logitstream} command line, with its exit codes and error messages. */
package io.logitstream.cli;
