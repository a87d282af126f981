/**
 * Handling of SIGTERM and Ctrl-C. On the first signal a command stops in order: the publisher ends its transaction, the
 * teacher stream commits, each training writes a checkpoint, and the clients and the embedded cluster are closed. The
 * command prints where it stopped and exits with 143 (SIGTERM) or 130 (Ctrl-C); the same command continues from there.
 * A second signal more than 2 s later ends the process at once, which loses at most the work since the last checkpoint
 * or transaction. {@link io.logitstream.pipeline.stop.StopSignal} receives the signals.
 */
package io.logitstream.pipeline.stop;
