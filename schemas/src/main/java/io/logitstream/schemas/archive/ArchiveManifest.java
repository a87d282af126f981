package io.logitstream.schemas.archive;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * {@code manifest.json} of an archive: the topic, the range of it that was asked for, and the finished files.
 *
 * @param format {@value #FORMAT}
 * @param topic the topic that was archived
 * @param range the part of it that was asked for
 * @param complete whether the archive holds all that the topic held in that range when it was last written
 * @param content what the records are made of
 * @param files the files, by partition and offset
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ArchiveManifest(
        String format, TopicIdentity topic, Range range, boolean complete, Content content, List<ArchivedFile> files) {
    /** Version of the format. */
    public static final String FORMAT = "logitstream-archive-1";

    private static final Pattern FILE = Pattern.compile("partition-\\d{5}/\\d{20}\\.avro");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /**
     * A range of offsets.
     *
     * @param partition the only partition, or null for all
     * @param from first offset, in each partition
     * @param to offset after the last one, in each partition; null for the end of each
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Range(Integer partition, long from, Long to) {
        /** Everything. */
        public static final Range ALL = new Range(null, 0, null);

        /** Whether a partition is part of it. */
        public boolean holds(int number) {
            return partition == null || partition == number;
        }
    }

    /**
     * What an archive's records are made of.
     *
     * @param record name of the records' schema, as in {@code io.logitstream.schemas.LogitsBatch}
     * @param corpora names of the corpora
     * @param teachers ids of the teachers; none in tokens
     * @param tokenizerHash SHA-256 of the tokenizer.json that made the ids
     * @param vocabularySize ids lie below it
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Content(
            String record, List<String> corpora, List<String> teachers, String tokenizerHash, int vocabularySize) {}

    /**
     * A finished file.
     *
     * @param file its path in the folder of the archive
     * @param partition the partition whose records it holds
     * @param firstOffset offset of its first record
     * @param lastOffset offset of its last record
     * @param records number of its records, end-of-corpus markers among them
     * @param markers number of end-of-corpus markers
     * @param predictedTokens predicted tokens of its batches
     * @param bytes its length
     * @param sha256 its digest, lower-case hexadecimal
     */
    public record ArchivedFile(
            String file,
            int partition,
            long firstOffset,
            long lastOffset,
            long records,
            long markers,
            long predictedTokens,
            long bytes,
            String sha256) {}

    /** Copies the list of files. */
    public ArchiveManifest {
        files = files == null ? List.of() : List.copyOf(files);
    }

    /** Files of a partition, by offset. */
    public List<ArchivedFile> filesOf(int partition) {
        return files.stream()
                .filter(file -> file.partition() == partition)
                .sorted(Comparator.comparingLong(ArchivedFile::firstOffset))
                .toList();
    }

    /** Number of records of a partition, end-of-corpus markers among them. */
    public long recordsOf(int partition) {
        return filesOf(partition).stream().mapToLong(ArchivedFile::records).sum();
    }

    /** The same archive with one more file. */
    public ArchiveManifest with(ArchivedFile file, Content contentNow) {
        List<ArchivedFile> more = new ArrayList<>(files);
        more.add(file);
        more.sort(Comparator.comparingInt(ArchivedFile::partition).thenComparingLong(ArchivedFile::firstOffset));
        return new ArchiveManifest(format, topic, range, complete, contentNow, more);
    }

    /** The same archive, complete or not. */
    public ArchiveManifest with(boolean completeNow) {
        return new ArchiveManifest(format, topic, range, completeNow, content, files);
    }

    /**
     * Checks a manifest that comes from elsewhere: its format, and that its files lie in the folder and follow each other.
     *
     * @param where the manifest, for messages
     * @throws LogitstreamException naming what is wrong
     */
    void require(String where) {
        if (!FORMAT.equals(format)) {
            throw new LogitstreamException(where + ": format " + format + " is not " + FORMAT
                    + "; read it with the version of logitstream that wrote it");
        }
        if (topic == null || topic.name() == null || topic.partitions() < 1 || range == null) {
            throw new LogitstreamException(where + ": the topic or the range is missing");
        }
        Set<String> names = new HashSet<>();
        for (ArchivedFile file : files) {
            boolean sound = file.file() != null
                    && FILE.matcher(file.file()).matches()
                    && names.add(file.file())
                    && file.partition() >= 0
                    && file.partition() < topic.partitions()
                    && file.records() > 0
                    && file.firstOffset() >= 0
                    && file.lastOffset() - file.firstOffset() >= file.records() - 1
                    && file.sha256() != null
                    && DIGEST.matcher(file.sha256()).matches();
            if (!sound) {
                throw new LogitstreamException(where + ": the entry of file " + file.file() + " contradicts itself");
            }
        }
        for (int partition = 0; partition < topic.partitions(); partition++) {
            long after = -1;
            for (ArchivedFile file : filesOf(partition)) {
                if (file.firstOffset() <= after) {
                    throw new LogitstreamException(where + ": file " + file.file() + " overlaps the file before it");
                }
                after = file.lastOffset();
            }
        }
    }
}
