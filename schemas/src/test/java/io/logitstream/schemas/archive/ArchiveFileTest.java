package io.logitstream.schemas.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.files.JsonFiles;
import io.logitstream.files.Sha256;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroSerializer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveFileTest {
    private static final Schema VALUE = LogitsBatch.getClassSchema();
    private static final byte[] IDENTITY = "topic and partition".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    @Test
    void recordsComeBackAsTheyWereByteForByte() throws IOException {
        List<ArchivedRecord> records = records(500);
        ArchivedFile entry = write(folder, records);

        try (Archive.PartitionReader reader = archive(entry).read(3, 0)) {
            for (ArchivedRecord expected : records) {
                assertThat(reader.next()).usingRecursiveComparison().isEqualTo(expected);
            }
            assertThat(reader.next()).isNull();
            assertThat(reader.valueSchema()).isEqualTo(VALUE);
        }
    }

    @Test
    void readingBeginsAtAnOffsetOrAfterIt() throws IOException {
        ArchivedFile entry = write(folder, records(20));

        try (Archive.PartitionReader reader = archive(entry).read(3, 21)) {
            assertThat(reader.next().offset()).isEqualTo(22);
        }
    }

    @Test
    void avrosOwnReaderOpensAFile() throws IOException {
        ArchivedFile entry = write(folder, records(10));

        try (DataFileReader<GenericRecord> reader =
                new DataFileReader<>(folder.resolve(entry.file()).toFile(), new GenericDatumReader<>())) {
            GenericRecord first = reader.next();
            assertThat(first.get("key")).hasToString("demo/00000/0000000");
            assertThat(((GenericRecord) ((GenericRecord) first.get("value")).get("teacher")).get("id"))
                    .hasToString("toy");
        }
    }

    @Test
    void sameRecordsMakeTheSameFile(@TempDir Path other) throws IOException {
        assertThat(write(other, records(50)).sha256())
                .isEqualTo(write(folder, records(50)).sha256());
    }

    @Test
    void anUnfinishedFileLeavesNothing() throws IOException {
        Path file = folder.resolve(Archive.fileName(3, 0));
        try (ArchiveFileWriter writer = new ArchiveFileWriter(file, VALUE, IDENTITY)) {
            writer.add(records(1).get(0));
        }

        assertThat(file.getParent()).isEmptyDirectory();
    }

    @Test
    void damageIsNamedAndNeverMoreThanAMessage() throws IOException {
        ArchivedFile entry = write(folder, records(40));
        Path file = folder.resolve(entry.file());
        Archive archive = archive(entry);
        byte[] sound = Files.readAllBytes(file);
        Random random = new Random(7);
        int refused = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = sound.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                // The first kilobytes hold the schema; each part gets its share.
                int at = random.nextBoolean() ? random.nextInt(200) : random.nextInt(damaged.length);
                damaged[at] = (byte) random.nextInt(256);
            }
            Files.write(file, random.nextInt(4) == 0 ? cut(damaged, random) : damaged);
            assertThat(archive.faults(each -> {})).hasSizeLessThanOrEqualTo(1);
            try (Archive.PartitionReader reader = archive.read(3, 0)) {
                while (reader.next() != null) {
                    // A damaged record ends the loop with an exception.
                }
            } catch (LogitstreamException e) {
                refused++;
                assertThat(e).hasMessageContaining(file.toString());
            }
        }
        // Some damage lies in text that nothing depends on, as in the documentation of the schema.
        assertThat(refused).isGreaterThan(500);
    }

    private static byte[] cut(byte[] bytes, Random random) {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }

    @Test
    void verificationNamesEachFileThatIsNotAsItWasWritten() throws IOException {
        ArchivedFile entry = write(folder, records(5));
        Path file = folder.resolve(entry.file());
        byte[] sound = Files.readAllBytes(file);

        assertThat(archive(entry).faults(each -> {})).isEmpty();

        sound[sound.length - 1] ^= 1;
        Files.write(file, sound);
        assertThat(archive(entry).faults(each -> {})).singleElement().asString().contains(file.toString(), "SHA-256");

        Files.delete(file);
        assertThat(archive(entry).faults(each -> {})).singleElement().asString().contains("missing");
    }

    @Test
    void aManifestCannotLeadOutOfItsFolderOrContradictItself() throws IOException {
        ArchivedFile entry = write(folder, records(5));
        ArchivedFile outside = new ArchivedFile("../secret.avro", 3, 0, 8, 5, 0, 10, entry.bytes(), entry.sha256());
        ArchivedFile tooMany = new ArchivedFile(entry.file(), 3, 0, 8, 10, 0, 10, entry.bytes(), entry.sha256());

        for (ArchivedFile wrong : List.of(outside, tooMany)) {
            assertThatThrownBy(() -> archive(wrong))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContaining("manifest.json");
        }
        assertThatThrownBy(() -> Archive.open(folder.resolve("elsewhere"))).isInstanceOf(UsageException.class);
    }

    private Archive archive(ArchivedFile... files) {
        ArchiveManifest manifest = new ArchiveManifest(
                ArchiveManifest.FORMAT,
                new TopicIdentity("logits", "id", 4),
                ArchiveManifest.Range.ALL,
                true,
                null,
                List.of(files));
        JsonFiles.write(folder.resolve(Archive.MANIFEST), manifest);
        return Archive.open(folder);
    }

    private static ArchivedFile write(Path folder, List<ArchivedRecord> records) throws IOException {
        String name = Archive.fileName(3, records.get(0).offset());
        Path file = folder.resolve(name);
        try (ArchiveFileWriter writer = new ArchiveFileWriter(file, VALUE, IDENTITY)) {
            for (ArchivedRecord record : records) {
                writer.add(record);
            }
            writer.finish();
        }
        long last = records.get(records.size() - 1).offset();
        return new ArchivedFile(
                name, 3, records.get(0).offset(), last, records.size(), 0, 0, Files.size(file), Sha256.hex(file));
    }

    /** Records at every second offset, as where transactions end between them. */
    private static List<ArchivedRecord> records(int count) {
        byte[] value = new AvroSerializer<LogitsBatch>(new MockSchemaRegistryClient())
                .serialize("logits", Samples.logitsBatch());
        byte[] payload = Arrays.copyOfRange(value, 5, value.length);
        List<ArchivedRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new ArchivedRecord(
                    3,
                    2L * i,
                    1_700_000_000_000L + i,
                    String.format("demo/00000/%07d", i),
                    List.of(
                            new ArchivedRecord.Header("logitstream-source", new byte[] {1, (byte) i}),
                            new ArchivedRecord.Header("empty", null)),
                    payload));
        }
        return records;
    }
}
