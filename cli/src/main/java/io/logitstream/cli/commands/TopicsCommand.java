package io.logitstream.cli.commands;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Plural;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "topics",
        mixinStandardHelpOptions = true,
        description = {
            "Creates the configured topics with their settings, and reports those that exist with other settings.",
            "Changes no existing topic. If a topic differs, creates nothing and ends with exit code 1."
        })
public final class TopicsCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Override
    public Integer call() {
        LogitstreamConfig config = common.load();
        KafkaSettings kafka = common.kafka();
        List<TopicSettings> topics = config.topics().all();
        try (Admin admin = Admin.create(kafka.admin())) {
            Map<TopicSettings, Optional<List<String>>> found = new LinkedHashMap<>();
            topics.forEach(topic -> found.put(topic, TopicAdmin.differences(admin, topic)));
            requireNoDifferences(found);
            TopicAdmin.ensure(admin, topics.toArray(TopicSettings[]::new));
            found.forEach((topic, before) -> System.out.printf(
                    "topic %s: %s, %s%n", topic.name(), before.isPresent() ? "exists" : "created", text(topic)));
        }
        return 0;
    }

    private static void requireNoDifferences(Map<TopicSettings, Optional<List<String>>> found) {
        List<String> differing = new ArrayList<>();
        found.forEach((topic, differences) -> differences
                .orElse(List.of())
                .forEach(difference -> differing.add("topic " + topic.name() + " has " + difference)));
        if (!differing.isEmpty()) {
            throw new LogitstreamException(String.join("; ", differing)
                    + "; nothing was created: change the configuration, alter the topics, or use other names");
        }
    }

    private static String text(TopicSettings topic) {
        return String.format(
                "%d %s, replication factor %s, min.insync.replicas %s, retention.ms %d, compression.type %s,"
                        + " max.message.bytes %d",
                topic.partitions(),
                Plural.of(topic.partitions(), "partition"),
                orDefault(topic.replicationFactor()),
                orDefault(topic.minInsyncReplicas()),
                topic.retentionMs(),
                topic.compression() == null ? "producer" : topic.compression(),
                topic.maxRecordBytes());
    }

    private static String orDefault(Number given) {
        return given == null ? "by default" : given.toString();
    }
}
