package io.logitstream.pipeline.archive;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.archive.ArchiveFileWriter;
import io.logitstream.schemas.archive.ArchiveManifest;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import io.logitstream.schemas.archive.ArchivedRecord;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroDeserializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;

/**
 * Writes the records of a partition to files. A new file starts when the current one is large enough, or when the
 * schema changes.
 */
final class PartitionFiles implements AutoCloseable {
    private static final int HEADER_BYTES = 5;

    private final Path folder;
    private final TopicIdentity topic;
    private final int partition;
    private final SchemaRegistryClient registry;
    private final long fileBytes;
    private final AvroDeserializer<LogitsBatch> logitsReader;
    private final AvroDeserializer<TokenBatch> tokensReader;
    private final Map<Integer, Schema> schemas = new HashMap<>();
    private final TreeSet<String> corpora = new TreeSet<>();
    private final TreeSet<String> teachers = new TreeSet<>();
    private ArchiveManifest.Content latest;

    private ArchiveFileWriter writer;
    private String name;
    private int schemaId;
    private long first;
    private long last;
    private long bytes;
    private long markers;
    private long predicted;

    PartitionFiles(Path folder, TopicIdentity topic, int partition, SchemaRegistryClient registry, long fileBytes) {
        this.folder = folder;
        this.topic = topic;
        this.partition = partition;
        this.registry = registry;
        this.fileBytes = fileBytes;
        this.logitsReader = new AvroDeserializer<>(registry, LogitsBatch.class);
        this.tokensReader = new AvroDeserializer<>(registry, TokenBatch.class);
    }

    /**
     * Adds a record.
     *
     * @return the file that was finished before this record; null if none was
     * @throws LogitstreamException with the record's address, if it is not a record of a tokens or logits topic
     */
    ArchivedFile add(ConsumerRecord<String, byte[]> record) throws IOException {
        try {
            TokenBatch batch = read(record);
            int id = ByteBuffer.wrap(record.value()).getInt(1);
            ArchivedFile finished = writer != null && (id != schemaId || bytes >= fileBytes) ? finish() : null;
            if (writer == null) {
                begin(record.offset(), id);
            }
            writer.add(archived(record));
            last = record.offset();
            bytes += record.value().length;
            if (batch.getEndOfCorpus() != null) {
                markers++;
            } else {
                predicted += (long) batch.getRows() * (batch.getLength() - 1);
            }
            return finished;
        } catch (SerializationException | LogitstreamException e) {
            throw new LogitstreamException(
                    topic.name() + "-" + record.partition() + "@" + record.offset() + " (" + Printable.of(record.key())
                            + "): " + e.getMessage(),
                    e);
        }
    }

    private TokenBatch read(ConsumerRecord<String, byte[]> record) {
        if (record.key() == null || record.value() == null || record.value().length < HEADER_BYTES) {
            throw new LogitstreamException("the record has no key or no value, so it is not a batch");
        }
        Schema schema = schema(ByteBuffer.wrap(record.value()).getInt(1));
        TokenBatch batch;
        if (schema.getFullName().equals(LogitsBatch.getClassSchema().getFullName())) {
            LogitsBatch logits = logitsReader.deserialize(topic.name(), record.value());
            Teacher teacher = logits.getTeacher();
            if (teacher != null) {
                teachers.add(teacher.getId());
            }
            batch = logits.getBatch();
        } else {
            batch = tokensReader.deserialize(topic.name(), record.value());
        }
        corpora.add(batch.getCorpus());
        latest = new ArchiveManifest.Content(
                schema.getFullName(),
                List.copyOf(corpora),
                List.copyOf(teachers),
                batch.getTokenizerHash(),
                batch.getVocabularySize());
        return batch;
    }

    private ArchivedRecord archived(ConsumerRecord<String, byte[]> record) {
        List<ArchivedRecord.Header> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(new ArchivedRecord.Header(header.key(), header.value()));
        }
        return new ArchivedRecord(
                partition,
                record.offset(),
                record.timestamp(),
                record.key(),
                headers,
                Arrays.copyOfRange(record.value(), HEADER_BYTES, record.value().length));
    }

    private Schema schema(int id) {
        return schemas.computeIfAbsent(id, wanted -> {
            try {
                ParsedSchema parsed = registry.getSchemaById(wanted);
                if (parsed.rawSchema() instanceof Schema schema) {
                    return schema;
                }
                throw new LogitstreamException("its schema id " + wanted + " is of type " + parsed.schemaType());
            } catch (IOException | RestClientException e) {
                throw new LogitstreamException(
                        "schema id " + wanted + " cannot be read from the schema registry: " + FailureText.of(e), e);
            }
        });
    }

    private void begin(long offset, int id) throws IOException {
        name = Archive.fileName(partition, offset);
        schemaId = id;
        first = offset;
        bytes = 0;
        markers = 0;
        predicted = 0;
        String identity = topic.name() + " " + topic.id() + "/" + name;
        byte[] digest = Sha256.hex(identity).getBytes(StandardCharsets.US_ASCII);
        writer = new ArchiveFileWriter(folder.resolve(name), schema(id), digest);
    }

    /** Finishes the open file; null if there is none. */
    ArchivedFile finish() throws IOException {
        if (writer == null) {
            return null;
        }
        long records = writer.records();
        writer.finish();
        writer = null;
        Path file = folder.resolve(name);
        return new ArchivedFile(
                name, partition, first, last, records, markers, predicted, Files.size(file), Sha256.hex(file));
    }

    /** Origin of the archive's records, including those of this partition. */
    ArchiveManifest.Content content(ArchiveManifest.Content before) {
        if (before == null) {
            return latest;
        }
        TreeSet<String> allCorpora = new TreeSet<>(before.corpora());
        allCorpora.addAll(latest.corpora());
        TreeSet<String> allTeachers = new TreeSet<>(before.teachers());
        allTeachers.addAll(latest.teachers());
        return new ArchiveManifest.Content(
                latest.record(),
                List.copyOf(allCorpora),
                List.copyOf(allTeachers),
                latest.tokenizerHash(),
                latest.vocabularySize());
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }
}
