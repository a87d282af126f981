package io.logitstream.schemas.archive;

import com.fasterxml.jackson.core.type.TypeReference;
import io.logitstream.files.JsonFiles;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.archive.ArchiveManifest.ArchivedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.avro.Schema;

/** An archive that is read: its manifest, and the records of each partition. */
public final class Archive {
    /** Name of the manifest in the folder. */
    public static final String MANIFEST = "manifest.json";

    private final Path folder;
    private final ArchiveManifest manifest;

    private Archive(Path folder, ArchiveManifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * Opens an archive.
     *
     * @throws UsageException when the folder holds none
     * @throws LogitstreamException when its manifest cannot be used
     */
    public static Archive open(Path folder) {
        Path file = folder.resolve(MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw new UsageException(folder.toAbsolutePath().normalize() + " is not an archive: it has no " + MANIFEST
                    + "; 'logitstream archive' writes one");
        }
        ArchiveManifest manifest = JsonFiles.read(file, new TypeReference<ArchiveManifest>() {});
        manifest.require(file.toString());
        return new Archive(folder, manifest);
    }

    /** Path of a file within an archive, as in {@code partition-00003/00000000000000000042.avro}. */
    public static String fileName(int partition, long firstOffset) {
        return String.format(Locale.ROOT, "partition-%05d/%020d.avro", partition, firstOffset);
    }

    /** The folder. */
    public Path folder() {
        return folder;
    }

    /** The manifest. */
    public ArchiveManifest manifest() {
        return manifest;
    }

    /**
     * Reads the records of a partition, in their order.
     *
     * @param partition the partition
     * @param from offset from which on records are wanted
     */
    public PartitionReader read(int partition, long from) {
        List<ArchivedFile> wanted = manifest.filesOf(partition).stream()
                .filter(file -> file.lastOffset() >= from)
                .toList();
        return new PartitionReader(folder, wanted, partition, from);
    }

    /**
     * Compares each file with the manifest: length, digest, and every record in it.
     *
     * @param progress called for each file, before it is read
     * @return one line for each file that is not as it was written, none for a sound archive
     */
    public List<String> faults(Consumer<ArchivedFile> progress) {
        List<String> faults = new ArrayList<>();
        for (ArchivedFile entry : manifest.files()) {
            progress.accept(entry);
            fault(entry, faults);
        }
        return faults;
    }

    private void fault(ArchivedFile entry, List<String> faults) {
        Path file = folder.resolve(entry.file());
        try {
            if (!Files.isRegularFile(file)) {
                faults.add(file + " is missing");
            } else if (Files.size(file) != entry.bytes()) {
                faults.add(file + " has " + Files.size(file) + " bytes instead of " + entry.bytes());
            } else if (!Sha256.hex(file).equals(entry.sha256())) {
                faults.add(file + " is not as it was written (its SHA-256 differs)");
            } else {
                requireRecords(entry);
            }
        } catch (IOException e) {
            faults.add(file + " cannot be read: " + FailureText.of(e));
        } catch (LogitstreamException e) {
            faults.add(e.getMessage());
        }
    }

    private void requireRecords(ArchivedFile entry) {
        try (PartitionReader reader =
                new PartitionReader(folder, List.of(entry), entry.partition(), entry.firstOffset())) {
            while (reader.next() != null) {
                // Reading checks each record against the manifest.
            }
        }
    }

    /** Records of a partition, one after the other. */
    public static final class PartitionReader implements AutoCloseable {
        private final Path folder;
        private final List<ArchivedFile> files;
        private final int partition;
        private final long from;
        private int opened;
        private ArchiveFileReader current;
        private Schema valueSchema;
        private long records;

        private PartitionReader(Path folder, List<ArchivedFile> files, int partition, long from) {
            this.folder = folder;
            this.files = files;
            this.partition = partition;
            this.from = from;
        }

        /**
         * The next record.
         *
         * @return the record, or null after the last one
         * @throws LogitstreamException when a file is damaged, or does not hold what the manifest says
         */
        public ArchivedRecord next() {
            while (true) {
                if (current == null) {
                    if (opened == files.size()) {
                        return null;
                    }
                    ArchivedFile entry = files.get(opened++);
                    current = new ArchiveFileReader(folder.resolve(entry.file()), partition);
                    valueSchema = current.valueSchema();
                    records = 0;
                }
                ArchivedRecord record = current.next();
                require(record);
                if (record == null) {
                    close();
                } else if (record.offset() >= from) {
                    return record;
                }
            }
        }

        /** Schema of the value of the record that was read last. */
        public Schema valueSchema() {
            return valueSchema;
        }

        private void require(ArchivedRecord record) {
            ArchivedFile entry = files.get(opened - 1);
            boolean fits = record == null
                    ? records == entry.records()
                    : record.offset() <= entry.lastOffset() && (records > 0 || record.offset() == entry.firstOffset());
            if (!fits) {
                throw new LogitstreamException(folder.resolve(entry.file())
                        + " does not hold what the manifest says: "
                        + (record == null
                                ? records + " records instead of " + entry.records()
                                : "offset " + record.offset() + " is not among " + entry.firstOffset() + " to "
                                        + entry.lastOffset())
                        + "; take the folder from a copy that passes 'logitstream archive --verify'");
            }
            records++;
        }

        @Override
        public void close() {
            if (current != null) {
                try {
                    current.close();
                } catch (IOException e) {
                    throw new LogitstreamException("an archive's file cannot be closed: " + FailureText.of(e), e);
                } finally {
                    current = null;
                }
            }
        }
    }
}
