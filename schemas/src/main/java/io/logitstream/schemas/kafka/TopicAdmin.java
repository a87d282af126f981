package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics and checks existing ones. */
public final class TopicAdmin {

    private static final int VISIBLE_ATTEMPTS = 500;
    private static final int KNOWN_ATTEMPTS = 100;
    private static final long VISIBLE_PAUSE_MS = 20;
    /** Time-out of each request, as for the first contact: these requests belong to the start of a command. */
    private static final int TIMEOUT_MS = 10_000;

    private TopicAdmin() {}

    /**
     * Creates missing topics and checks the settings of existing ones: partitions, max.message.bytes, retention.ms,
     * cleanup.policy=delete and, if they are given, replicas, min.insync.replicas and compression.type. Several
     * processes may do this concurrently. Existing topics are not changed.
     *
     * @throws LogitstreamException if a setting differs (the message names the topic, the setting and both values), or
     *     if the broker refuses
     */
    public static void ensure(Admin admin, TopicSettings... topics) {
        // All checks come first, so that no topic is created if one of them does not match.
        Map<String, TopicDescription> there = describe(admin, List.of(topics));
        List<TopicSettings> existing = Arrays.stream(topics)
                .filter(topic -> there.containsKey(topic.name()))
                .toList();
        List<TopicSettings> missing = Arrays.stream(topics)
                .filter(topic -> !there.containsKey(topic.name()))
                .toList();
        check(admin, existing, there);
        create(admin, missing);
        check(admin, missing, awaitVisible(admin, missing));
    }

    /**
     * Compares a topic with these settings.
     *
     * @return one text for each setting that differs; empty if the topic does not exist
     * @throws LogitstreamException if the broker refuses
     */
    public static Optional<List<String>> differences(Admin admin, TopicSettings topic) {
        return Optional.ofNullable(describe(admin, List.of(topic)).get(topic.name()))
                .map(description -> differences(
                        topic, description, config(admin, List.of(topic.name())).get(topic.name())));
    }

    /**
     * Limit of a record batch in the topic, in bytes (max.message.bytes).
     *
     * @throws LogitstreamException if the topic does not exist or the broker refuses
     */
    public static int maxRecordBytes(Admin admin, String topic) {
        Config config = config(admin, List.of(topic)).get(topic);
        return Integer.parseInt(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
    }

    private static void create(Admin admin, List<TopicSettings> topics) {
        List<NewTopic> requests = topics.stream().map(TopicAdmin::request).toList();
        Map<String, KafkaFuture<Void>> created = admin.createTopics(
                        requests, new CreateTopicsOptions().timeoutMs(TIMEOUT_MS))
                .values();
        for (TopicSettings topic : topics) {
            try {
                await(created.get(topic.name()), topic.name());
            } catch (ExecutionException e) {
                // Another process has created the topic meanwhile. The next check compares its settings.
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw refused(topic.name(), "to create it (Create)", e);
                }
            }
        }
    }

    private static NewTopic request(TopicSettings topic) {
        Map<String, String> configs = new HashMap<>(checkedConfigs(topic));
        configs.putIfAbsent(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
        return new NewTopic(
                        topic.name(), Optional.of(topic.partitions()), Optional.ofNullable(topic.replicationFactor()))
                .configs(configs);
    }

    private static void check(Admin admin, List<TopicSettings> topics, Map<String, TopicDescription> descriptions) {
        Map<String, Config> configs =
                config(admin, topics.stream().map(TopicSettings::name).toList());
        for (TopicSettings topic : topics) {
            List<String> differences = differences(topic, descriptions.get(topic.name()), configs.get(topic.name()));
            if (!differences.isEmpty()) {
                throw new LogitstreamException("topic " + topic.name() + " exists with " + differences.get(0)
                        + "; change the configuration, alter the topic, or use another topic name");
            }
        }
    }

    private static List<String> differences(TopicSettings topic, TopicDescription description, Config actual) {
        List<String> result = new ArrayList<>();
        compare(result, "partitions", Integer.toString(description.partitions().size()), topic.partitions());
        if (topic.replicationFactor() != null) {
            int copies = description.partitions().stream()
                    .mapToInt(partition -> partition.replicas().size())
                    .min()
                    .orElse(0);
            compare(result, "copies of its partitions", Integer.toString(copies), topic.replicationFactor());
        }
        checkedConfigs(topic)
                .forEach((setting, expected) ->
                        compare(result, setting, actual.get(setting).value(), expected));
        return result;
    }

    private static void compare(List<String> differences, String setting, String actual, Object expected) {
        if (!expected.toString().equals(actual)) {
            differences.add(setting + " " + actual + ", but the configuration asks for " + expected);
        }
    }

    private static Map<String, String> checkedConfigs(TopicSettings topic) {
        Map<String, String> configs = new LinkedHashMap<>();
        configs.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, topic.maxRecordBytes().toString());
        configs.put(TopicConfig.RETENTION_MS_CONFIG, topic.retentionMs().toString());
        configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        if (topic.minInsyncReplicas() != null) {
            configs.put(
                    TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                    topic.minInsyncReplicas().toString());
        }
        if (topic.compression() != null) {
            configs.put(TopicConfig.COMPRESSION_TYPE_CONFIG, topic.compression());
        }
        return configs;
    }

    /** Waits until brokers know new topics, which the controller knows first. */
    private static Map<String, TopicDescription> awaitVisible(Admin admin, List<TopicSettings> topics) {
        Map<String, TopicDescription> visible = new HashMap<>();
        List<TopicSettings> rest = topics;
        for (int attempt = 0; true; attempt++) {
            visible.putAll(describe(admin, rest));
            rest = topics.stream()
                    .filter(topic -> !visible.containsKey(topic.name()))
                    .toList();
            if (rest.isEmpty()) {
                return visible;
            }
            String first = rest.get(0).name();
            if (attempt == VISIBLE_ATTEMPTS) {
                throw new LogitstreamException(
                        "topic " + first + " was created, but the broker does not show it yet; try again");
            }
            pause(first);
        }
    }

    /** Descriptions of the topics that exist. */
    private static Map<String, TopicDescription> describe(Admin admin, List<TopicSettings> topics) {
        Map<String, KafkaFuture<TopicDescription>> asked = admin.describeTopics(
                        topics.stream().map(TopicSettings::name).toList(),
                        new DescribeTopicsOptions().timeoutMs(TIMEOUT_MS))
                .topicNameValues();
        Map<String, TopicDescription> descriptions = new HashMap<>();
        for (TopicSettings topic : topics) {
            try {
                descriptions.put(topic.name(), await(asked.get(topic.name()), topic.name()));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw refused(topic.name(), "to show it (Describe)", e);
                }
            }
        }
        return descriptions;
    }

    /** Retries, because the next answer may come from a broker that does not know a new topic yet. */
    private static Map<String, Config> config(Admin admin, List<String> topics) {
        Map<String, Config> configs = new HashMap<>();
        for (int attempt = 1; true; attempt++) {
            Map<String, ConfigResource> rest = new LinkedHashMap<>();
            topics.stream()
                    .filter(topic -> !configs.containsKey(topic))
                    .forEach(topic -> rest.put(topic, new ConfigResource(ConfigResource.Type.TOPIC, topic)));
            if (rest.isEmpty()) {
                return configs;
            }
            Map<ConfigResource, KafkaFuture<Config>> asked = admin.describeConfigs(
                            rest.values(), new DescribeConfigsOptions().timeoutMs(TIMEOUT_MS))
                    .values();
            for (String topic : rest.keySet()) {
                try {
                    configs.put(topic, await(asked.get(rest.get(topic)), topic));
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw refused(topic, "to show its settings (DescribeConfigs)", e);
                    }
                    if (attempt == KNOWN_ATTEMPTS) {
                        throw new LogitstreamException(
                                "topic " + topic + " does not exist; run the stage that creates and fills it", e);
                    }
                    pause(topic);
                }
            }
        }
    }

    private static void pause(String topic) {
        try {
            Thread.sleep(VISIBLE_PAUSE_MS);
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private static <T> T await(KafkaFuture<T> future, String topic) throws ExecutionException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private static LogitstreamException interrupted(String topic, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new LogitstreamException("interrupted while looking at topic " + topic, e);
    }

    private static LogitstreamException refused(String topic, String what, ExecutionException e) {
        return BrokerErrors.of("topic " + topic, "the broker refuses " + what, e);
    }
}
