package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.schemas.kafka.TopicEnd;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedCluster.class)
@SuppressWarnings("FutureReturnValueIgnored") // The end of the producer waits for what it was sent.
class TopicEndIT {
    private static final String TOPIC = "ends";
    private static final int MAX_RECORD_BYTES = 1 << 20;

    @Test
    void aMarkerIsFoundBehindWhatWasWrittenAfterItAndTakenBack(Cluster cluster) throws Exception {
        try (Admin admin = Admin.create(cluster.kafka().admin());
                KafkaProducer<String, byte[]> producer = producer(cluster);
                TopicEnd end = new TopicEnd(cluster.kafka(), TOPIC, MAX_RECORD_BYTES)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
            producer.initTransactions();

            write(producer, "tiny/00000/0000000", 1);
            producer.commitTransaction();
            write(producer, "tiny/00000/0000001", 40);
            producer.abortTransaction();
            boolean completeWithoutMarker = end.isComplete();
            write(producer, "tiny/end", 1);
            producer.commitTransaction();
            write(producer, "tiny/00000/0000002", 400);
            producer.abortTransaction();

            assertThat(completeWithoutMarker).isFalse();
            assertThat(end.isComplete()).isTrue();
        }
    }

    private static void write(KafkaProducer<String, byte[]> producer, String key, int times) {
        producer.beginTransaction();
        for (int i = 0; i < times; i++) {
            producer.send(new ProducerRecord<>(TOPIC, key, new byte[10]));
        }
        producer.flush();
    }

    private static KafkaProducer<String, byte[]> producer(Cluster cluster) {
        Properties properties = cluster.kafka().producer(MAX_RECORD_BYTES);
        properties.put("transactional.id", "ends");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }
}
