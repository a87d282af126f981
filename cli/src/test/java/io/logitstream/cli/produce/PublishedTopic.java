package io.logitstream.cli.produce;

import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A corpus to publish, and the committed records of a topic. */
final class PublishedTopic {
    static final int PARTITIONS = 3;

    /** A record without what differs between topics. */
    record Published(String key, ByteBuffer value, ByteBuffer header) {}

    private PublishedTopic() {}

    /** Writes files of random words below a folder, and a tokenizer. */
    static void writeCorpus(Path folder, int files, int wordsPerFile) throws IOException {
        Random random = new Random(files);
        Path texts = Files.createDirectories(folder.resolve("texts"));
        List<String> first = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word < wordsPerFile; word++) {
                text.append(Integer.toString(random.nextInt(5000), 36)).append(random.nextInt(9) == 0 ? "\n" : " ");
            }
            Files.writeString(texts.resolve(i + ".txt"), text);
            if (i < 3) {
                first.add(text.toString());
            }
        }
        BpeTrainer.train(first.iterator(), 400, folder.resolve("tokenizer"));
    }

    static CorpusConfig corpus(Path folder, String name) {
        return new CorpusConfig(
                folder.resolve("texts").toString(),
                name,
                null,
                null,
                null,
                null,
                null,
                100_000,
                64,
                4,
                null,
                null,
                null,
                null);
    }

    static void create(KafkaSettings kafka, String topic, Integer maxRecordBytes) {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(admin, new TopicSettings(topic, PARTITIONS, null, maxRecordBytes, null));
        }
    }

    /** Committed records of each partition whose key starts with the corpus; all of them if that is empty. */
    static List<List<Published>> read(KafkaSettings kafka, String topic, String corpus) {
        List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        List<List<Published>> published = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                kafka.consumer(1 << 20), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            partitions.forEach(partition -> published.add(new ArrayList<>()));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    Published each = published(record);
                    if (corpus.isEmpty() || each.key().startsWith(corpus + "/")) {
                        published.get(record.partition()).add(each);
                    }
                }
            }
        }
        return published;
    }

    private static Published published(ConsumerRecord<byte[], byte[]> record) {
        ByteBuffer header = ByteBuffer.allocate(1024);
        record.headers().forEach(each -> header.put(each.value()));
        return new Published(
                new String(record.key(), StandardCharsets.UTF_8), ByteBuffer.wrap(record.value()), header.flip());
    }
}
