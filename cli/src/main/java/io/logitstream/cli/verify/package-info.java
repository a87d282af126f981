/** The command {@code verify}. */
package io.logitstream.cli.verify;
