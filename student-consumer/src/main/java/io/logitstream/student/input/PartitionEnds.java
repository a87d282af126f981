package io.logitstream.student.input;

import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicSettings;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What stands at the ends of a topic's partitions.
 *
 * @param kafka the cluster
 * @param admin its client
 * @param topic the topic
 */
record PartitionEnds(KafkaSettings kafka, Admin admin, String topic) {

    /**
     * Whether anything was ever written to a partition, committed or not: the markers of one transaction become visible one
     * after the other, but all are written before. True where the cluster does not say.
     */
    boolean isWritten(int partition) {
        TopicPartition asked = new TopicPartition(topic, partition);
        try {
            return admin.listOffsets(Map.of(asked, OffsetSpec.latest()))
                            .partitionResult(asked)
                            .get()
                            .offset()
                    > 0;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Opens the end of the topic, to be closed by the caller. */
    TopicEnd open() {
        return new TopicEnd(kafka, topic, TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    }
}
