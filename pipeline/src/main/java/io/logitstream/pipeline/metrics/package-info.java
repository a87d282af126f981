/** Metrics for Prometheus: the server, and meters for students, teacher stream, publisher and Kafka clients. */
package io.logitstream.pipeline.metrics;
