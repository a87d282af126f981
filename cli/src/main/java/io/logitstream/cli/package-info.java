/** The {@code logitstream} command: configuration, the stages as commands, and the whole pipeline in one. */
package io.logitstream.cli;
