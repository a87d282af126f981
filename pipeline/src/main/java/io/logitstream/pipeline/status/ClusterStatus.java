package io.logitstream.pipeline.status;

import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/** Positions of the stages on a cluster, with rates that are measured between two looks. */
public final class ClusterStatus {
    private static final String STUDENT_GROUPS = "logitstream-train-";

    private ClusterStatus() {}

    /**
     * Measures all stages whose topics or consumer groups exist.
     *
     * @param kafka cluster and schema registry
     * @param config configuration with the topics
     * @param seconds time between the two looks
     */
    public static List<StagePosition> measure(KafkaSettings kafka, LogitstreamConfig config, double seconds)
            throws InterruptedException {
        List<StagePosition> stages = new ArrayList<>();
        try (Admin admin = Admin.create(kafka.admin())) {
            ClusterOffsets cluster = new ClusterOffsets(admin);
            Map<String, Long> before = look(cluster, config);
            long began = System.nanoTime();
            TimeUnit.MILLISECONDS.sleep((long) (1000 * seconds));
            Map<String, Long> now = look(cluster, config);
            double passed = (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
            boolean published = isComplete(kafka, config, config.topics().tokens(), now);
            boolean taught = isComplete(kafka, config, config.topics().logits(), now);
            now.forEach((name, position) -> stages.add(stage(
                    config,
                    name,
                    position,
                    now,
                    before.get(name) == null ? null : (position - before.get(name)) / passed,
                    published,
                    taught)));
        }
        return stages;
    }

    /**
     * Positions by name: end offsets of the two topics, and committed offsets of the groups of the teacher and the
     * students.
     */
    private static Map<String, Long> look(ClusterOffsets cluster, LogitstreamConfig config) {
        Map<String, Long> look = new LinkedHashMap<>();
        TopicsConfig topics = config.topics();
        put(look, topics.tokens(), cluster.end(topics.tokens()));
        put(look, teacherGroup(config), cluster.committed(teacherGroup(config), topics.tokens()));
        put(look, topics.logits(), cluster.end(topics.logits()));
        for (String group : cluster.groups(STUDENT_GROUPS)) {
            put(look, group, cluster.committed(group, topics.logits()));
        }
        return look;
    }

    private static void put(Map<String, Long> look, String name, Long position) {
        if (position != null) {
            look.put(name, position);
        }
    }

    private static String teacherGroup(LogitstreamConfig config) {
        return config.teach().group(config.topics().logits());
    }

    private static boolean isComplete(
            KafkaSettings kafka, LogitstreamConfig config, String topic, Map<String, Long> look) {
        if (!look.containsKey(topic)) {
            return false;
        }
        try (TopicEnd end = new TopicEnd(kafka, topic, config.topics().maxRecordBytes())) {
            return end.isComplete();
        }
    }

    private static StagePosition stage(
            LogitstreamConfig config,
            String name,
            long position,
            Map<String, Long> now,
            Double rate,
            boolean published,
            boolean taught) {
        TopicsConfig topics = config.topics();
        if (name.equals(topics.tokens())) {
            return StagePosition.of("produce", name, position, null, rate, published);
        } else if (name.equals(topics.logits())) {
            return StagePosition.of("teach", name, position, null, rate, taught);
        } else if (name.equals(teacherGroup(config))) {
            return StagePosition.of("teach", name, position, now.get(topics.tokens()), rate, taught);
        }
        return StagePosition.of("train", name, position, now.get(topics.logits()), rate, null);
    }
}
