/**
 * Handling of SIGTERM and Ctrl-C. The commands {@code distill}, {@code explore}, {@code produce}, {@code teach},
 * {@code train}, {@code pretrain}, {@code archive} and {@code restore} listen. On the first signal a training abandons
 * the current step and writes a checkpoint of the previous one, the publisher aborts its open transaction, and the
 * teacher stream closes Kafka Streams normally, which commits the processed batches. An archive keeps its finished
 * files, and a restore commits its open transaction first. Then the clients and the embedded cluster are closed. The
 * command prints where it stopped and exits with 143 (SIGTERM) or 130 (Ctrl-C); the same command continues from there.
 * A second signal more than 2 s later ends the process at once, which loses at most the work since the last checkpoint
 * or transaction. {@link io.logitstream.pipeline.stop.StopSignal} receives the signals.
 */
package io.logitstream.pipeline.stop;
