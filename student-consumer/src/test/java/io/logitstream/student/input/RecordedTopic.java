package io.logitstream.student.input;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.files.JsonFiles;
import io.logitstream.files.Sha256;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveFileWriter;
import io.logitstream.schemas.archive.ArchiveManifest;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import io.logitstream.schemas.archive.ArchivedRecord;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroSerializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** A tokens topic in memory, batches in turn over its partitions, that can be read any number of times. */
public final class RecordedTopic {
    public static final String NAME = "tokens";
    private static final int RECORDS_OF_A_POLL = 3;

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final AvroSerializer<TokenBatch> serializer = new AvroSerializer<>(registry);
    private final Map<Integer, List<ConsumerRecord<String, byte[]>>> records = new TreeMap<>();

    private volatile TopicIdentity identity;
    private final String hash;
    private final int vocabulary;
    private int predicted;
    private int emptyPolls;

    public RecordedTopic(int partitions, int batches) {
        this(partitions, batches, "0123456789abcdef".repeat(4), 1000);
    }

    public RecordedTopic(int partitions, int batches, String hash, int vocabulary) {
        this.hash = hash;
        this.vocabulary = vocabulary;
        IntStream.range(0, partitions).forEach(partition -> records.put(partition, new ArrayList<>()));
        for (int i = 0; i < batches; i++) {
            add("c", i, i);
        }
    }

    /** Adds a batch of a corpus in its partition; its first token is its mark. */
    void add(String corpus, int number, int mark) {
        addRow(corpus, number, mark, mark + 1);
    }

    /** Adds a batch of one row in its partition. */
    public void addRow(String corpus, int number, int... tokens) {
        TokenBatch batch = new TokenBatch(
                corpus, 0, number, 1, tokens.length, TokenBatches.bytes(tokens), hash, vocabulary, null, null);
        predicted += tokens.length - 1;
        add(number % records.size(), BatchKey.of(batch).toString(), serializer.serialize(NAME, batch));
    }

    /** Marks all partitions as complete. */
    public RecordedTopic complete() {
        int batches = records.values().stream().mapToInt(List::size).sum();
        records.keySet().forEach(partition -> end(partition, "c", batches, predicted));
        return this;
    }

    /** Ends a corpus in all partitions. */
    void end(String corpus, int batches) {
        records.keySet().forEach(partition -> end(partition, corpus, batches));
    }

    /** Ends a corpus in a partition. */
    void end(int partition, String corpus, int batches) {
        end(partition, corpus, batches, batches);
    }

    /** Ends a corpus in a partition. */
    void end(int partition, String corpus, int batches, int tokens) {
        add(
                partition,
                corpus + "/end",
                serializer.serialize(NAME, TokenBatches.endMarker(corpus, hash, vocabulary, batches, tokens)));
    }

    public void add(int partition, String key, byte[] value) {
        List<ConsumerRecord<String, byte[]>> before = records.get(partition);
        before.add(new ConsumerRecord<>(NAME, partition, before.size(), key, value));
    }

    /** Writes the topic to an archive, of two files a partition where there are enough records. */
    Archive archive(Path folder) throws IOException {
        List<ArchivedFile> files = new ArrayList<>();
        for (Map.Entry<Integer, List<ConsumerRecord<String, byte[]>>> partition : records.entrySet()) {
            List<ConsumerRecord<String, byte[]>> all = partition.getValue();
            int half = all.size() / 2;
            for (List<ConsumerRecord<String, byte[]>> part :
                    List.of(all.subList(0, half), all.subList(half, all.size()))) {
                if (!part.isEmpty()) {
                    files.add(archive(folder, partition.getKey(), part));
                }
            }
        }
        TopicIdentity topic = identity == null ? new TopicIdentity(NAME, null, records.size()) : identity;
        JsonFiles.write(
                folder.resolve(Archive.MANIFEST),
                new ArchiveManifest(
                        ArchiveManifest.FORMAT, topic, ArchiveManifest.Range.ALL, true, null, List.copyOf(files)));
        return Archive.open(folder);
    }

    private static ArchivedFile archive(Path folder, int partition, List<ConsumerRecord<String, byte[]>> part)
            throws IOException {
        String name = Archive.fileName(partition, part.get(0).offset());
        Path file = folder.resolve(name);
        long markers = 0;
        try (ArchiveFileWriter writer =
                new ArchiveFileWriter(file, TokenBatch.getClassSchema(), "topic and partition".getBytes(UTF_8))) {
            for (ConsumerRecord<String, byte[]> record : part) {
                markers += record.key().endsWith("/end") ? 1 : 0;
                writer.add(new ArchivedRecord(
                        partition,
                        record.offset(),
                        0,
                        record.key(),
                        List.of(),
                        Arrays.copyOfRange(record.value(), 5, record.value().length)));
            }
            writer.finish();
        }
        return new ArchivedFile(
                name,
                partition,
                part.get(0).offset(),
                part.get(part.size() - 1).offset(),
                part.size(),
                markers,
                0,
                Files.size(file),
                Sha256.hex(file));
    }

    /** A reader of an archive of this topic. */
    TopicReader reader(Archive archive) {
        ArchiveRecords archived = new ArchiveRecords(archive);
        return new TopicReader(
                archived,
                NAME,
                new RecordDecoder(archived.schemas(), new TokenizerIdentity(hash, "", vocabulary)),
                CorpusWeights.NONE);
    }

    /** What the cluster tells of the topic from now on. */
    RecordedTopic identity(TopicIdentity now) {
        identity = now;
        return this;
    }

    /** Polls of all readers so far that have found nothing. */
    int emptyPolls() {
        return emptyPolls;
    }

    public MockConsumer<String, byte[]> consumer() {
        return new RecordedConsumer();
    }

    /** A consumer whose group refuses commits. */
    MockConsumer<String, byte[]> refusing(RuntimeException refusal) {
        return new RecordedConsumer() {
            @Override
            public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
                throw refusal;
            }
        };
    }

    public TopicReader reader() {
        return reader(consumer());
    }

    public TopicReader reader(MockConsumer<String, byte[]> consumer) {
        return reader(consumer, CorpusWeights.NONE);
    }

    TopicReader reader(MockConsumer<String, byte[]> consumer, CorpusWeights weights) {
        return new TopicReader(
                () -> consumer,
                NAME,
                new RecordDecoder(registry, new TokenizerIdentity(hash, "", vocabulary)),
                "memory",
                weights,
                TopicWatch.of(NAME, () -> identity));
    }

    // MockConsumer forgets what it has given away, and so cannot seek back.
    private class RecordedConsumer extends MockConsumer<String, byte[]> {
        RecordedConsumer() {
            super("none");
            Map<TopicPartition, Long> beginnings = new HashMap<>();
            records.keySet().forEach(partition -> beginnings.put(new TopicPartition(NAME, partition), 0L));
            updatePartitions(
                    NAME,
                    records.keySet().stream()
                            .map(partition -> new PartitionInfo(NAME, partition, null, null, null))
                            .toList());
            updateBeginningOffsets(beginnings);
        }

        @Override
        public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
            Map<TopicPartition, Long> ends = new HashMap<>();
            partitions.forEach(partition -> ends.put(
                    partition, (long) records.get(partition.partition()).size()));
            return ends;
        }

        @Override
        public synchronized ConsumerRecords<String, byte[]> poll(Duration timeout) {
            Map<TopicPartition, List<ConsumerRecord<String, byte[]>>> polled = new HashMap<>();
            for (TopicPartition partition : assignment()) {
                List<ConsumerRecord<String, byte[]>> all = records.get(partition.partition());
                int from = (int) position(partition);
                int to = Math.min(all.size(), from + RECORDS_OF_A_POLL);
                if (!paused().contains(partition) && from < to) {
                    polled.put(partition, all.subList(from, to));
                    seek(partition, to);
                }
            }
            if (polled.isEmpty()) {
                emptyPolls++;
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
            return new ConsumerRecords<>(polled, Map.of());
        }
    }
}
