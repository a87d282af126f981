/** Orderly ends of commands that SIGTERM or Ctrl-C stops. */
package io.logitstream.cli.stop;
