package io.logitstream.pipeline.archive;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveManifest;
import io.logitstream.schemas.archive.ArchivedRecord;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.kafka.TopicSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes an archive's records to a topic: the same keys, values, headers and timestamps, in the same partitions and
 * order. Each transaction also commits the number of records so far as an offset of the group {@code
 * logitstream-restore-TOPIC}. So a run can be killed at any point and continued by the next one after the last
 * committed record.
 */
public final class TopicRestorer {
    private static final byte MAGIC = 0;
    private static final int HEADER_BYTES = 5;
    /** Bytes of values per transaction: the most that a kill loses, and the delay of a reader of committed records. */
    private static final long TRANSACTION_BYTES = 8L << 20;

    private final KafkaSettings kafka;
    private final Archive archive;
    private final TopicSettings settings;
    private final String topic;
    private final String group;
    private final Map<Schema, Integer> ids = new HashMap<>();
    private SchemaRegistryClient registry;
    private long records;
    private long bytes;

    /**
     * @param kafka cluster and registry
     * @param archive the archive
     * @param settings settings of the topic, with the archive's number of partitions; the topic is created if it is
     *     missing
     * @throws UsageException if the archive is not complete, or has another number of partitions
     */
    public TopicRestorer(KafkaSettings kafka, Archive archive, TopicSettings settings) {
        this.kafka = kafka;
        this.archive = archive;
        this.settings = settings;
        this.topic = settings.name();
        this.group = "logitstream-restore-" + topic;
        if (!archive.manifest().complete()) {
            throw new UsageException(
                    "the archive in " + archive.folder().toAbsolutePath().normalize()
                            + " is not complete: run 'logitstream archive' with it until it ends");
        }
    }

    /**
     * Writes the records that the topic does not hold yet.
     *
     * @return number of records that this process has written
     * @throws LogitstreamException if the topic holds other records, or if the broker or the registry refuses
     */
    public long restore(ArchiveProgress progress) {
        try (Admin admin = Admin.create(kafka.admin());
                SchemaRegistryClient client = RegistryClients.create(kafka);
                Producer<String, byte[]> producer = producer()) {
            registry = client;
            TopicAdmin.ensure(admin, settings);
            String identity = identity(admin);
            // Aborts an open transaction of a predecessor and fences it; its committed records are stable afterwards.
            producer.initTransactions();
            Map<Integer, Long> done = done(admin, identity);
            for (int partition = 0; partition < archive.manifest().topic().partitions(); partition++) {
                restore(producer, partition, done.getOrDefault(partition, 0L), identity, progress);
            }
            return records;
        } catch (KafkaException e) {
            throw new LogitstreamException("topic " + topic + " cannot be restored: " + FailureText.ofRoot(e), e);
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }

    private Producer<String, byte[]> producer() {
        Properties properties = kafka.producer(settings.maxRecordBytes());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, group);
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        try {
            return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        } catch (KafkaException e) {
            throw new UsageException("the producer's settings are invalid: " + FailureText.ofRoot(e));
        }
    }

    /** Names archive and topic, so that offsets of another restoration are not mistaken for this one's. */
    private String identity(Admin admin) {
        ArchiveManifest manifest = archive.manifest();
        StringBuilder text =
                new StringBuilder(String.valueOf(TopicIdentity.of(admin, topic).id()));
        manifest.files().forEach(file -> text.append(' ').append(file.sha256()));
        return Sha256.hex(text.toString());
    }

    private Map<Integer, Long> done(Admin admin, String identity) {
        Map<Integer, Long> done = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> committed = committed(admin);
        committed.forEach((partition, offset) -> {
            if (partition.topic().equals(topic)
                    && offset != null
                    && offset.metadata().equals(identity)) {
                done.put(partition.partition(), offset.offset());
            }
        });
        try (TopicEnd end = new TopicEnd(kafka, topic, settings.maxRecordBytes())) {
            for (int partition : end.partitions()) {
                // Only committed records count: a transaction aborted by a kill leaves others in the log.
                if (!done.containsKey(partition) && !end.tail(partition, 1).isEmpty()) {
                    throw new LogitstreamException("topic " + topic + ", partition " + partition
                            + " holds records that were not restored from this archive; name another topic with"
                            + " --topic, or delete this one first");
                }
            }
        }
        return done;
    }

    private Map<TopicPartition, OffsetAndMetadata> committed(Admin admin) {
        try {
            return admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions().requireStable(true))
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Map.of();
            }
            throw new LogitstreamException(
                    "consumer group " + group + ": its offsets cannot be read: " + FailureText.ofRoot(e), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private LogitstreamException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new LogitstreamException("interrupted while restoring topic " + topic, e);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The commit throws what a send has failed with.
    private void restore(
            Producer<String, byte[]> producer, int partition, long done, String identity, ArchiveProgress progress) {
        try (Archive.PartitionReader reader = archive.read(partition, 0)) {
            long number = 0;
            long open = 0;
            for (ArchivedRecord record = reader.next(); record != null; record = reader.next()) {
                number++;
                if (number <= done) {
                    continue;
                }
                if (open == 0) {
                    producer.beginTransaction();
                }
                byte[] value = framed(reader.valueSchema(), record.payload());
                producer.send(new ProducerRecord<>(
                        topic, partition, record.timestamp(), record.key(), value, headers(record)));
                open += value.length;
                records++;
                bytes += value.length;
                if (open >= TRANSACTION_BYTES) {
                    commit(producer, partition, number, identity);
                    open = 0;
                    progress.done(records, bytes);
                    StopSignal.requireRunning();
                }
            }
            if (open > 0) {
                commit(producer, partition, number, identity);
                progress.done(records, bytes);
            }
        }
    }

    @SuppressWarnings("removal") // A restore has no consumer from which it could take the metadata of a group.
    private void commit(Producer<String, byte[]> producer, int partition, long number, String identity) {
        producer.sendOffsetsToTransaction(
                Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(number, identity)),
                new ConsumerGroupMetadata(group));
        producer.commitTransaction();
    }

    private byte[] framed(Schema schema, byte[] payload) {
        Integer id = ids.get(schema);
        if (id == null) {
            id = register(schema);
            ids.put(schema, id);
        }
        return ByteBuffer.allocate(HEADER_BYTES + payload.length)
                .put(MAGIC)
                .putInt(id)
                .put(payload)
                .array();
    }

    private int register(Schema schema) {
        String subject = topic + "-value";
        AvroSchema wanted = new AvroSchema(schema);
        try {
            return kafka.autoRegisterSchemas() ? registry.register(subject, wanted) : registry.getId(subject, wanted);
        } catch (IOException e) {
            throw RegistryClients.unreachable("subject " + subject, e);
        } catch (RestClientException e) {
            throw new LogitstreamException(
                    "schema registry, subject " + subject + ": the schema of the archive was refused or is not there: "
                            + FailureText.of(e),
                    e);
        }
    }

    private static List<Header> headers(ArchivedRecord record) {
        List<Header> headers = new ArrayList<>();
        record.headers().forEach(header -> headers.add(new RecordHeader(header.key(), header.value())));
        return headers;
    }
}
