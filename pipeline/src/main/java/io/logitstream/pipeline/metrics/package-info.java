/**
 * Metrics for Prometheus: the server, and meters for students, teacher stream, publisher, cluster and Kafka clients.
 *
 * <p>To add a metric:
 *
 * <ol>
 *   <li>Student: add a component to {@code StepMetrics} and its value to the constructor call in {@code Trainer}.
 *       {@link io.logitstream.pipeline.metrics.StudentMeters} makes it a gauge {@code logitstream_student_*}, and
 *       {@code metrics.jsonl} and TensorBoard have it too. A counter is a call of {@code count} in that class. Teacher
 *       stream: {@link io.logitstream.pipeline.metrics.TeachMeters}. Publisher:
 *       {@link io.logitstream.pipeline.metrics.PublishMeters}. Kafka clients:
 *       {@link io.logitstream.pipeline.metrics.KafkaMeters}. Monitor:
 *       {@link io.logitstream.pipeline.metrics.ClusterSurvey}, whose values
 *       {@link io.logitstream.pipeline.metrics.ClusterMeters} registers.
 *   <li>Add an entry to {@code docs/reference/metrics.md}; {@code DashboardsIT} fails if a served metric is
 *       not in it.
 *   <li>If operators need to see it: a panel in {@code docker/grafana/dashboards}, and an alert in
 *       {@code docker/prometheus/alerts.yml}, which {@code docs/reference/alerts.md} lists.
 * </ol>
 */
package io.logitstream.pipeline.metrics;
