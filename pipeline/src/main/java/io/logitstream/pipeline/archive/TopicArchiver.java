package io.logitstream.pipeline.archive;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.files.AtomicFile;
import io.logitstream.files.FolderLock;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveManifest;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a topic to an archive, one partition after the other, up to the end offsets at the start. A file is forced to
 * disk before the manifest names it. So a run can be killed at any point and continued by the next one, and an archive
 * can be extended when its topic has grown.
 */
public final class TopicArchiver {
    private static final Logger LOG = LoggerFactory.getLogger(TopicArchiver.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

    private final KafkaSettings kafka;
    private final String topic;
    private final int maxRecordBytes;
    private final Path folder;
    private final long fileBytes;
    private ArchiveManifest manifest;
    private long records;
    private long bytes;

    /**
     * @param kafka cluster and registry
     * @param topic the topic
     * @param maxRecordBytes largest record size of the topic
     * @param folder folder of the archive; created if it is missing
     * @param fileBytes bytes of values after which a file ends
     */
    public TopicArchiver(KafkaSettings kafka, String topic, int maxRecordBytes, Path folder, long fileBytes) {
        this.kafka = kafka;
        this.topic = topic;
        this.maxRecordBytes = maxRecordBytes;
        this.folder = folder;
        this.fileBytes = fileBytes;
    }

    /**
     * Writes the records that the archive does not hold yet.
     *
     * @param range part of the topic to archive; must be the archive's own if there is one already
     * @return manifest of the complete archive
     * @throws UsageException if the folder holds an archive of another topic or range, or other files
     * @throws LogitstreamException if the topic cannot be read, or has lost records that are not archived yet
     */
    @SuppressWarnings("try") // The lock is held while the archive is written.
    public ArchiveManifest write(ArchiveManifest.Range range, ArchiveProgress progress) {
        try (FolderLock lock = FolderLock.acquireOutput(folder);
                Admin admin = Admin.create(kafka.admin());
                SchemaRegistryClient registry = RegistryClients.create(kafka);
                KafkaConsumer<String, byte[]> consumer = consumer()) {
            begin(TopicIdentity.of(admin, topic), range);
            List<TopicPartition> partitions = IntStream.range(
                            0, manifest.topic().partitions())
                    .filter(range::holds)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            if (partitions.isEmpty()) {
                throw new UsageException("topic " + topic + " has no partition " + range.partition()
                        + "; its partitions are 0 to " + (manifest.topic().partitions() - 1));
            }
            for (TopicPartition partition : partitions) {
                write(consumer, registry, partition, progress);
            }
            save(manifest.with(true));
            return manifest;
        } catch (IOException e) {
            throw new LogitstreamException("the archive in " + folder + " cannot be written: " + FailureText.of(e), e);
        }
    }

    private KafkaConsumer<String, byte[]> consumer() {
        Properties properties = kafka.consumer(maxRecordBytes);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    private void begin(TopicIdentity now, ArchiveManifest.Range range) throws IOException {
        if (!Files.exists(folder.resolve(Archive.MANIFEST))) {
            try (Stream<Path> present = Files.list(folder)) {
                if (present.anyMatch(path -> !path.endsWith(FolderLock.FILE) && !isOurs(path))) {
                    throw new UsageException(
                            folder.toAbsolutePath().normalize() + " holds other files; name a new folder with --out");
                }
            }
            save(new ArchiveManifest(ArchiveManifest.FORMAT, now, range, false, null, List.of()));
            return;
        }
        manifest = Archive.open(folder).manifest();
        String where = "the archive in " + folder.toAbsolutePath().normalize();
        if (!manifest.topic().name().equals(now.name())) {
            throw new UsageException(where + " belongs to topic "
                    + manifest.topic().name() + ", not to " + topic + "; name another folder with --out");
        }
        now.changeSince(manifest.topic()).ifPresent(change -> {
            throw new LogitstreamException(
                    change + ": " + where + " belongs to the earlier topic; name another folder with --out");
        });
        if (!manifest.range().equals(range)) {
            throw new UsageException(where + " covers another range (--partition, --from, --to) of the topic;"
                    + " use the same options, or name another folder with --out");
        }
    }

    // Left behind by a process that was killed before its first manifest.
    private static boolean isOurs(Path path) {
        String name = path.getFileName().toString();
        return name.matches("partition-\\d{5}") || name.endsWith(AtomicFile.UNFINISHED);
    }

    private void write(
            KafkaConsumer<String, byte[]> consumer,
            SchemaRegistryClient registry,
            TopicPartition partition,
            ArchiveProgress progress)
            throws IOException {
        consumer.assign(List.of(partition));
        long beginning = consumer.beginningOffsets(List.of(partition)).get(partition);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        if (manifest.range().to() != null) {
            end = Math.min(end, manifest.range().to());
        }
        long from = next(partition.partition(), beginning);
        if (from >= end) {
            return;
        }
        consumer.seek(partition, from);
        try (PartitionFiles files =
                new PartitionFiles(folder, manifest.topic(), partition.partition(), registry, fileBytes)) {
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            // The position also passes the control records of transactions, which consumers never return.
            while (consumer.position(partition) < end) {
                StopSignal.requireRunning();
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < end) {
                        add(files.add(record), files);
                        records++;
                        bytes += record.serializedValueSize();
                    }
                    deadline = System.nanoTime() + PATIENCE_NANOS;
                }
                progress.done(records, bytes);
                if (System.nanoTime() > deadline) {
                    throw new LogitstreamException("topic " + topic + ", partition " + partition.partition()
                            + ", offset " + consumer.position(partition)
                            + ": no record could be read within a minute; check that the broker runs");
                }
            }
            add(files.finish(), files);
        }
    }

    private long next(int partition, long beginning) {
        List<ArchivedFile> done = manifest.filesOf(partition);
        if (done.isEmpty()) {
            if (beginning > manifest.range().from()) {
                LOG.warn(
                        "topic {}, partition {} begins at offset {}: earlier records were deleted and are not in"
                                + " the archive",
                        topic,
                        partition,
                        beginning);
            }
            return Math.max(beginning, manifest.range().from());
        }
        long next = done.get(done.size() - 1).lastOffset() + 1;
        if (beginning > next) {
            throw new LogitstreamException(
                    "topic " + topic + ", partition " + partition + ": the archive ends at offset "
                            + next + ", but the topic begins at " + beginning
                            + " now: records were deleted before they were archived; begin a new archive with another --out");
        }
        return next;
    }

    private void add(ArchivedFile finished, PartitionFiles files) {
        if (finished != null) {
            save(manifest.with(finished, files.content(manifest.content())).with(false));
        }
    }

    private void save(ArchiveManifest now) {
        JsonFiles.write(folder.resolve(Archive.MANIFEST), now);
        manifest = now;
    }
}
