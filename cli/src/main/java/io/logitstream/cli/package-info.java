/** The {@code logitstream} command. */
package io.logitstream.cli;
