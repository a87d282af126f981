/** Metrics for Prometheus: the server, and meters of students, teacher stream, publisher and Kafka's clients. */
package io.logitstream.cli.metrics;
