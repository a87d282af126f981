package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.util.ArrayList;
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
        List<TopicSettings> missing = new ArrayList<>();
        for (TopicSettings topic : topics) {
            Optional<TopicDescription> description = describe(admin, topic.name());
            if (description.isPresent()) {
                check(admin, topic, description.get());
            } else {
                missing.add(topic);
            }
        }
        missing.forEach(topic -> create(admin, topic));
        for (TopicSettings topic : missing) {
            check(admin, topic, awaitVisible(admin, topic.name()));
        }
    }

    /**
     * Compares a topic with these settings.
     *
     * @return one text for each setting that differs; empty if the topic does not exist
     * @throws LogitstreamException if the broker refuses
     */
    public static Optional<List<String>> differences(Admin admin, TopicSettings topic) {
        return describe(admin, topic.name()).map(description -> differences(admin, topic, description));
    }

    /**
     * Limit of a record batch in the topic, in bytes (max.message.bytes).
     *
     * @throws LogitstreamException if the topic does not exist or the broker refuses
     */
    public static int maxRecordBytes(Admin admin, String topic) {
        return Integer.parseInt(
                config(admin, topic).get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
    }

    private static void create(Admin admin, TopicSettings topic) {
        NewTopic request = new NewTopic(
                topic.name(), Optional.of(topic.partitions()), Optional.ofNullable(topic.replicationFactor()));
        Map<String, String> configs = new HashMap<>(checkedConfigs(topic));
        configs.putIfAbsent(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
        try {
            await(
                    admin.createTopics(
                                    List.of(request.configs(configs)), new CreateTopicsOptions().timeoutMs(TIMEOUT_MS))
                            .all(),
                    topic.name());
        } catch (ExecutionException e) {
            // Another process has created the topic meanwhile. The next check compares its settings.
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw refused(topic.name(), "to create it (Create)", e);
            }
        }
    }

    private static void check(Admin admin, TopicSettings topic, TopicDescription description) {
        List<String> differences = differences(admin, topic, description);
        if (!differences.isEmpty()) {
            throw new LogitstreamException("topic " + topic.name() + " exists with " + differences.get(0)
                    + "; change the configuration, alter the topic, or use another topic name");
        }
    }

    private static List<String> differences(Admin admin, TopicSettings topic, TopicDescription description) {
        List<String> result = new ArrayList<>();
        compare(result, "partitions", Integer.toString(description.partitions().size()), topic.partitions());
        if (topic.replicationFactor() != null) {
            int copies = description.partitions().stream()
                    .mapToInt(partition -> partition.replicas().size())
                    .min()
                    .orElse(0);
            compare(result, "copies of its partitions", Integer.toString(copies), topic.replicationFactor());
        }
        Config actual = config(admin, topic.name());
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

    /** Waits until brokers know a new topic, which the controller knows first. */
    private static TopicDescription awaitVisible(Admin admin, String topic) {
        for (int attempt = 0; attempt < VISIBLE_ATTEMPTS; attempt++) {
            Optional<TopicDescription> description = describe(admin, topic);
            if (description.isPresent()) {
                return description.get();
            }
            pause(topic);
        }
        throw new LogitstreamException(
                "topic " + topic + " was created, but the broker does not show it yet; try again");
    }

    private static Optional<TopicDescription> describe(Admin admin, String topic) {
        try {
            return Optional.of(await(
                    admin.describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(TIMEOUT_MS))
                            .topicNameValues()
                            .get(topic),
                    topic));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw refused(topic, "to show it (Describe)", e);
        }
    }

    /** Retries, because the next answer may come from a broker that does not know the new topic yet. */
    private static Config config(Admin admin, String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        for (int attempt = 1; true; attempt++) {
            try {
                return await(
                        admin.describeConfigs(List.of(resource), new DescribeConfigsOptions().timeoutMs(TIMEOUT_MS))
                                .values()
                                .get(resource),
                        topic);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw refused(topic, "to show its settings (DescribeConfigs)", e);
                }
                if (attempt == KNOWN_ATTEMPTS) {
                    throw new LogitstreamException(
                            "topic " + topic + " does not exist; run the stage that creates and fills it", e);
                }
            }
            pause(topic);
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
