package io.logitstream.cli.distill;

import io.logitstream.schemas.kafka.KafkaSettings;

/**
 * The cluster of a run.
 *
 * @param kafka broker and schema registry
 * @param end ends a cluster that serves this run alone, when nothing reads from it or writes to it any more
 */
record RunCluster(KafkaSettings kafka, Runnable end) {}
