package io.logitstream.pipeline.inspection;

import io.logitstream.schemas.kafka.KafkaSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.Node;

/** Disk usage of a topic, as the brokers report it. */
final class TopicDiskUsage {
    private TopicDiskUsage() {}

    /**
     * Size of one replica of each partition, summed.
     *
     * @return bytes, or null if the cluster does not report it, as some hosted ones do not
     */
    static Long bytes(KafkaSettings kafka, String topic) {
        try (Admin admin = Admin.create(kafka.admin())) {
            List<Integer> brokers =
                    admin.describeCluster().nodes().get().stream().map(Node::id).toList();
            Map<Integer, Long> largestCopy = new HashMap<>();
            for (Map<String, LogDirDescription> folders :
                    admin.describeLogDirs(brokers).allDescriptions().get().values()) {
                for (LogDirDescription folder : folders.values()) {
                    folder.replicaInfos().forEach((partition, replica) -> {
                        if (partition.topic().equals(topic)) {
                            largestCopy.merge(partition.partition(), replica.size(), Math::max);
                        }
                    });
                }
            }
            return largestCopy.values().stream().mapToLong(Long::longValue).sum();
        } catch (ExecutionException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
