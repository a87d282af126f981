package io.logitstream.cli.produce;

import io.logitstream.schemas.kafka.KafkaSettings;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Transactions of the publishers of corpus c, each with a topic of its own. */
final class OpenTransactions {
    private OpenTransactions() {}

    /** A producer with an open transaction, whose only record is in partition 1 and has a given timestamp. */
    static KafkaProducer<byte[], byte[]> begin(KafkaSettings kafka, String topic, long time) throws Exception {
        Properties properties = kafka.producer(1 << 20);
        properties.put("transactional.id", id(topic));
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 1, time, new byte[1], new byte[1]))
                .get();
        return producer;
    }

    static TransactionState state(Admin admin, String topic) throws InterruptedException, ExecutionException {
        return admin.describeTransactions(List.of(id(topic)))
                .description(id(topic))
                .get()
                .state();
    }

    private static String id(String topic) {
        return "logitstream-produce-" + topic + "-c";
    }
}
