package io.logitstream.cli.commands;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.status.ClusterOffsets;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.pipeline.status.StudentCheckpoints;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows for each stage on a cluster where it is, its lag, its rate and when it will be done.",
            "Students are found by their consumer groups, which move with their checkpoints, and by their folders."
        })
public final class StatusCommand implements Callable<Integer> {
    private static final String STUDENT_GROUPS = "logitstream-train-";

    @Mixin
    private ClusterConfigOptions common;

    @Option(
            names = "--student",
            paramLabel = "DIR",
            description = "folder of a student on this machine; may be repeated")
    private List<Path> students = new ArrayList<>();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "2",
            description = "time over which rates are measured, ${DEFAULT-VALUE} by default")
    private double seconds;

    @Option(names = "--json", description = "print a JSON list instead of a table")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        LogitstreamConfig config = common.load();
        KafkaSettings kafka = common.kafka();
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
        students.forEach(folder -> stages.add(StudentCheckpoints.status(folder)));
        print(config, stages);
        return 0;
    }

    /** Positions by name: the two topics, the teacher's group and the students' groups. */
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

    private void print(LogitstreamConfig config, List<StagePosition> stages) {
        if (json) {
            try {
                System.out.println(
                        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(stages));
            } catch (JsonProcessingException e) {
                throw new LogitstreamException("the status cannot be written as JSON: " + FailureText.of(e), e);
            }
            return;
        }
        if (stages.isEmpty()) {
            System.out.println(
                    "nothing is on this cluster yet: neither topic "
                            + config.topics().tokens() + " nor topic "
                            + config.topics().logits()
                            + " exists, and no student has committed a position.\nPublish a corpus with"
                            + " 'logitstream produce', or name other topics with --set topics.tokens=NAME and topics.logits=NAME.");
            return;
        }
        System.out.println(StagePosition.header());
        stages.forEach(stage -> System.out.println(stage.line()));
    }
}
