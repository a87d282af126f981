/**
 * Metrics for Prometheus: the server, and meters for students, teacher stream, publisher, cluster and Kafka clients.
 *
 * <p>To add a metric:
 *
 * <ol>
 *   <li>Student: add a component to {@code StepMetrics}; {@link io.logitstream.pipeline.metrics.StudentMeters} turns
 *       each of them into a gauge {@code logitstream_student_*}, and {@code metrics.jsonl} and TensorBoard get it too.
 *       A counter is a call of {@code count} there. Teacher stream:
 *       {@link io.logitstream.pipeline.metrics.TeachMeters}. Publisher:
 *       {@link io.logitstream.pipeline.metrics.PublishMeters}. Cluster:
 *       {@link io.logitstream.pipeline.metrics.ClusterSurvey}.
 *   <li>Add an entry to {@code docs/reference/metrics.md}; {@code DashboardsIT} fails if a served metric is
 *       not in it.
 *   <li>If operators need to see it: a panel in {@code docker/grafana/dashboards}, and an alert in
 *       {@code docker/prometheus/alerts.yml}, which {@code docs/reference/alerts.md} lists.
 * </ol>
 */
package io.logitstream.pipeline.metrics;
