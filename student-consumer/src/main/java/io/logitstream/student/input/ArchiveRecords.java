package io.logitstream.student.input;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import io.logitstream.schemas.archive.ArchivedRecord;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.BatchReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The records of an archive, with the partitions and offsets of the archived topic: a run has the same positions and
 * weights from both. Needs neither a cluster nor a registry.
 */
public final class ArchiveRecords implements RecordSource {
    /** Records that {@link #following} shows. */
    private static final int FOLLOWING = 8;

    private static final String SUBJECT = "archive-value";
    private static final int HEADER_BYTES = 5;

    private final Archive archive;
    private final String topic;
    // A registry in memory, which gives the archive's schemas their ids.
    private final SchemaRegistryClient schemas = new MockSchemaRegistryClient();
    private final Map<Schema, Integer> idOfSchema = new HashMap<>();
    private final Map<Integer, Long> offsets = new TreeMap<>();
    private final Map<Integer, Archive.PartitionReader> readers = new HashMap<>();

    /**
     * The records of all partitions.
     *
     * @param archive archive of a whole topic
     * @throws UsageException when the archive holds one partition alone
     */
    public ArchiveRecords(Archive archive) {
        this.archive = archive;
        this.topic = archive.manifest().topic().name();
        Integer only = archive.manifest().range().partition();
        if (only != null && partitions().size() > 1) {
            throw new UsageException(archive.folder().toAbsolutePath().normalize() + " holds only partition " + only
                    + " of topic " + topic + "; training needs an archive of all "
                    + partitions().size()
                    + " partitions");
        }
        offsets.putAll(beginnings());
    }

    /** Whether each partition has an end-of-corpus marker in its last file. */
    public boolean isComplete() {
        return partitions().stream()
                .map(archive.manifest()::filesOf)
                .allMatch(
                        files -> !files.isEmpty() && files.get(files.size() - 1).markers() > 0);
    }

    /** The schemas of the records that were taken, for their decoder. */
    public SchemaRegistryClient schemas() {
        return schemas;
    }

    /**
     * Number of predicted tokens of the corpora that end the archive, from the last end-of-corpus markers of the first
     * partition: one, or those of the sources of a mixture.
     *
     * @throws UsageException when the archive ends without one
     */
    public long corpusTokens() {
        MarkerRun run = new MarkerRun();
        List<ArchivedFile> files = archive.manifest().filesOf(0);
        for (int i = files.size() - 1; i >= 0 && !run.isWhole(); i--) {
            if (files.get(i).markers() > 0) {
                add(files.get(i), run);
            } else if (run.markers > 0) {
                break;
            }
        }
        if (run.markers == 0) {
            throw new UsageException(archive.folder().toAbsolutePath().normalize() + " has no end-of-corpus marker, so"
                    + " the length of the run is not known: set training.tokens, or archive the topic when its corpus"
                    + " is complete");
        }
        return run.tokens;
    }

    /** Markers that follow one another, with nothing between them; they may begin in an earlier file. */
    private static final class MarkerRun {
        private int markers;
        private long tokens;
        private boolean begunInFile;

        boolean isWhole() {
            return markers > 0 && begunInFile;
        }
    }

    private void add(ArchivedFile file, MarkerRun run) {
        int markers = 0;
        long tokens = 0;
        boolean behindBatch = false;
        run.begunInFile = false;
        try (Archive.PartitionReader reader = archive.read(0, file.firstOffset())) {
            for (ArchivedRecord record = reader.next();
                    record != null && record.offset() <= file.lastOffset();
                    record = reader.next()) {
                if (record.key().endsWith("/end")) {
                    if (behindBatch) {
                        markers = 0;
                        tokens = 0;
                        run.begunInFile = true;
                        behindBatch = false;
                    }
                    markers++;
                    tokens += new BatchReader(schemas)
                            .read(consumerRecord(record, reader.valueSchema()))
                            .tokens()
                            .getEndOfCorpus()
                            .getPredictedTokens();
                } else {
                    behindBatch = true;
                }
            }
        }
        if (behindBatch && run.markers > 0) {
            run.begunInFile = true;
            return;
        }
        run.markers += markers;
        run.tokens += tokens;
    }

    @Override
    public List<Integer> partitions() {
        return IntStream.range(0, archive.manifest().topic().partitions())
                .boxed()
                .toList();
    }

    @Override
    public Map<Integer, Long> beginnings() {
        Map<Integer, Long> beginnings = new TreeMap<>();
        for (int partition : partitions()) {
            List<ArchivedFile> files = archive.manifest().filesOf(partition);
            beginnings.put(partition, files.isEmpty() ? 0 : files.get(0).firstOffset());
        }
        return beginnings;
    }

    @Override
    public Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new TreeMap<>();
        for (int partition : partitions()) {
            List<ArchivedFile> files = archive.manifest().filesOf(partition);
            ends.put(
                    partition, files.isEmpty() ? 0 : files.get(files.size() - 1).lastOffset() + 1);
        }
        return ends;
    }

    @Override
    public void seek(Map<Integer, Long> to) {
        closeReaders();
        offsets.putAll(to);
    }

    @Override
    public ConsumerRecord<String, byte[]> take(int partition, Runnable waiting, Runnable looking) {
        Archive.PartitionReader reader =
                readers.computeIfAbsent(partition, open -> archive.read(open, offsets.get(open)));
        ArchivedRecord record = reader.next();
        if (record == null) {
            throw new LogitstreamException(archive.folder().toAbsolutePath().normalize() + ": partition " + partition
                    + " ends at offset " + ends().get(partition) + " without an end-of-corpus marker: the topic was"
                    + " archived before its corpus was complete; run 'logitstream archive' again, or train on less"
                    + " (training.tokens)");
        }
        offsets.put(partition, record.offset() + 1);
        return consumerRecord(record, reader.valueSchema());
    }

    @Override
    public List<ConsumerRecord<String, byte[]>> following(int partition, long end, Runnable waiting) {
        List<ConsumerRecord<String, byte[]>> following = new ArrayList<>();
        try (Archive.PartitionReader reader = archive.read(partition, offsets.get(partition))) {
            for (ArchivedRecord record = reader.next();
                    record != null && record.offset() < end && following.size() < FOLLOWING;
                    record = reader.next()) {
                following.add(consumerRecord(record, reader.valueSchema()));
            }
        }
        return following;
    }

    private ConsumerRecord<String, byte[]> consumerRecord(ArchivedRecord record, Schema schema) {
        byte[] value = ByteBuffer.allocate(HEADER_BYTES + record.payload().length)
                .put((byte) 0)
                .putInt(idOfSchema.computeIfAbsent(schema, this::register))
                .put(record.payload())
                .array();
        ConsumerRecord<String, byte[]> stored =
                new ConsumerRecord<>(topic, record.partition(), record.offset(), record.key(), value);
        record.headers().forEach(header -> stored.headers().add(header.key(), header.value()));
        return stored;
    }

    private int register(Schema schema) {
        try {
            return schemas.register(SUBJECT, new AvroSchema(schema));
        } catch (IOException | RestClientException e) {
            throw new LogitstreamException(
                    archive.folder().toAbsolutePath().normalize() + ": a schema cannot be used: " + FailureText.of(e),
                    e);
        }
    }

    @Override
    public LogitstreamException gone(int partition, long offset, long beginning) {
        return new LogitstreamException(
                archive.folder().toAbsolutePath().normalize() + ": partition " + partition + " begins at offset "
                        + beginning + ", but the checkpoint continues at " + offset
                        + "; train with an archive of the whole topic, or with a new output folder");
    }

    @Override
    public long lag() {
        Map<Integer, Long> ends = ends();
        Map<Integer, Long> beginnings = beginnings();
        double records = 0;
        for (int partition : partitions()) {
            // Offsets of transaction markers are spread over the partition.
            double span = Math.max(1, ends.get(partition) - beginnings.get(partition));
            records += archive.manifest().recordsOf(partition) * (ends.get(partition) - offsets.get(partition)) / span;
        }
        return Math.round(records);
    }

    /** Does nothing: there is no group. */
    @Override
    public void commit(Map<Integer, Long> position) {}

    /** Does nothing: there is no group. */
    @Override
    public void requireGroup(Map<Integer, Long> position) {}

    @Override
    public TopicIdentity identity() {
        return archive.manifest().topic();
    }

    @Override
    public void requireSameAs(TopicIdentity earlier) {
        if (earlier != null) {
            identity().changeSince(earlier).ifPresent(change -> {
                throw new LogitstreamException(archive.folder().toAbsolutePath().normalize() + ": " + change
                        + ": the offsets of the checkpoint do not belong to the archive; train with a new output"
                        + " folder, or with the archive or topic that the checkpoint was made from");
            });
        }
    }

    @Override
    public boolean isLeftOut(int partition) {
        return false;
    }

    @Override
    public void close() {
        closeReaders();
    }

    private void closeReaders() {
        readers.values().forEach(Archive.PartitionReader::close);
        readers.clear();
    }
}
