package io.logitstream.pipeline.metrics;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BrokerErrors;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * Queries the brokers about themselves, their topics and consumer groups through the admin API, so that no agent has to
 * run inside them.
 */
public final class ClusterSurvey implements AutoCloseable {
    /**
     * A value of a meter.
     *
     * @param name name of the meter, with dots, without the prefix {@code logitstream.}
     * @param tags tags of the meter
     */
    record Value(String name, Tags tags, double value) {}

    private final Admin admin;

    /**
     * @param kafka cluster to query
     */
    public ClusterSurvey(KafkaSettings kafka) {
        admin = Admin.create(kafka.admin());
    }

    /**
     * Queries the current state of the cluster.
     *
     * @throws LogitstreamException if the brokers do not answer or refuse
     */
    List<Value> values() {
        List<Value> values = new ArrayList<>();
        List<Integer> brokers =
                await(admin.describeCluster().nodes()).stream().map(Node::id).toList();
        values.add(new Value("cluster.brokers", Tags.empty(), brokers.size()));
        disks(values, brokers);
        Map<String, TopicDescription> topics =
                await(admin.describeTopics(await(admin.listTopics().names())).allTopicNames());
        topics.values().forEach(topic -> replicas(values, topic));
        Map<TopicPartition, Long> ends = offsets(topics.values(), OffsetSpec.latest());
        Map<TopicPartition, Long> begins = offsets(topics.values(), OffsetSpec.earliest());
        Map<String, Double> spans = new HashMap<>();
        ends.forEach((partition, end) ->
                spans.merge(partition.topic(), (double) end - begins.getOrDefault(partition, end), Double::sum));
        spans.forEach((topic, span) -> values.add(new Value("topic.offsets", Tags.of("topic", topic), span)));
        lags(values, ends);
        return values;
    }

    private void disks(List<Value> values, List<Integer> brokers) {
        await(admin.describeLogDirs(brokers).allDescriptions()).forEach((broker, folders) -> {
            Tags tags = Tags.of("broker", broker.toString());
            values.add(new Value(
                    "broker.log.bytes",
                    tags,
                    sum(
                            folders.values(),
                            folder -> folder.replicaInfos().values().stream()
                                    .mapToLong(replica -> replica.size())
                                    .sum())));
            values.add(new Value(
                    "broker.disk.free.bytes",
                    tags,
                    sum(folders.values(), folder -> folder.usableBytes().orElse(0))));
        });
    }

    private static double sum(Iterable<LogDirDescription> folders, ToDoubleFunction<LogDirDescription> bytes) {
        double sum = 0;
        for (LogDirDescription folder : folders) {
            sum += bytes.applyAsDouble(folder);
        }
        return sum;
    }

    private static void replicas(List<Value> values, TopicDescription topic) {
        Tags tags = Tags.of("topic", topic.name());
        values.add(new Value("topic.partitions", tags, topic.partitions().size()));
        values.add(new Value(
                "topic.partitions.under.replicated",
                tags,
                topic.partitions().stream()
                        .filter(partition ->
                                partition.isr().size() < partition.replicas().size())
                        .count()));
        values.add(new Value(
                "topic.partitions.offline",
                tags,
                topic.partitions().stream().filter(ClusterSurvey::isOffline).count()));
    }

    private static boolean isOffline(TopicPartitionInfo partition) {
        return partition.leader() == null || partition.leader().isEmpty();
    }

    private Map<TopicPartition, Long> offsets(Iterable<TopicDescription> topics, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicDescription topic : topics) {
            // A partition without a leader has no offsets to list.
            topic.partitions().stream()
                    .filter(partition -> !isOffline(partition))
                    .forEach(partition -> asked.put(new TopicPartition(topic.name(), partition.partition()), spec));
        }
        return await(admin.listOffsets(asked).all()).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().offset()));
    }

    private void lags(List<Value> values, Map<TopicPartition, Long> ends) {
        Map<String, ListConsumerGroupOffsetsSpec> groups =
                await(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()).stream()
                        .collect(Collectors.toMap(
                                group -> group.groupId(), group -> new ListConsumerGroupOffsetsSpec()));
        if (groups.isEmpty()) {
            return;
        }
        await(admin.listConsumerGroupOffsets(groups).all()).forEach((group, committed) -> {
            Map<String, Double> lags = new HashMap<>();
            committed.forEach((partition, offset) ->
                    lags.merge(partition.topic(), lag(ends.get(partition), offset), Double::sum));
            lags.forEach(
                    (topic, lag) -> values.add(new Value("group.lag", Tags.of("group", group, "topic", topic), lag)));
        });
    }

    private static double lag(Long end, OffsetAndMetadata committed) {
        return end == null || committed == null ? 0 : Math.max(0, end - committed.offset());
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while querying the brokers", e);
        } catch (ExecutionException e) {
            throw BrokerErrors.of("the brokers cannot be queried", "they refuse the request", e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
