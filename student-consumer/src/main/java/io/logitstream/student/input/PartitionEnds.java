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
 * Looks at the ends of a topic's partitions.
 *
 * @param kafka connection settings of the cluster
 * @param admin client of the cluster
 * @param topic topic
 */
record PartitionEnds(KafkaSettings kafka, Admin admin, String topic) {

    /**
     * Whether anything was ever written to a partition, committed or not: the markers of a transaction become visible
     * one after the other, but all of them are written before. True where the cluster does not answer.
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

    /** Opens the end of the topic; the caller closes it. */
    TopicEnd open() {
        return new TopicEnd(kafka, topic, TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    }
}
