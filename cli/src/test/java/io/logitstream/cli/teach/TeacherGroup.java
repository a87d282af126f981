package io.logitstream.cli.teach;

import io.logitstream.schemas.kafka.KafkaSettings;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** State of the teacher stream that writes a logits topic, as the cluster knows it: assignment and progress. */
final class TeacherGroup implements AutoCloseable {
    private final Admin admin;
    private final String logits;

    TeacherGroup(KafkaSettings kafka, String logits) {
        this.admin = Admin.create(kafka.admin());
        this.logits = logits;
    }

    /** Partitions by the client id of the stream thread that holds them; empty during a rebalance. */
    Map<String, Set<Integer>> partitions() {
        String group = "logitstream-teach-" + logits;
        Map<String, Set<Integer>> held = new TreeMap<>();
        try {
            ConsumerGroupDescription description = admin.describeConsumerGroups(Set.of(group))
                    .describedGroups()
                    .get(group)
                    .get();
            if (description.groupState() == GroupState.STABLE) {
                for (MemberDescription member : description.members()) {
                    held.put(
                            member.clientId(),
                            member.assignment().topicPartitions().stream()
                                    .map(TopicPartition::partition)
                                    .collect(Collectors.toSet()));
                }
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return held;
    }

    /** Records and transaction markers in some partitions of the logits topic, including open transactions. */
    long written(Collection<Integer> partitions) {
        try {
            return admin
                    .listOffsets(partitions.stream()
                            .collect(Collectors.toMap(
                                    partition -> new TopicPartition(logits, partition),
                                    partition -> OffsetSpec.latest())))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .mapToLong(end -> end.offset())
                    .sum();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
